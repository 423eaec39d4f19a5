import { expect, test } from 'vitest'
import { readDotenv } from '../../../src/pipeline/variables/dotenv.ts'
import { variable } from '../../../src/pipeline/variables/origin-variable.ts'
import { VariableScope } from '../../../src/pipeline/variables/variable-scope.ts'

test('(a2.20) quotes stay, space around both sides goes, the last of a name counts', () => {
  const text = 'VERSION="1.2"\n  URL = http://a/?b=c \nEMPTY=\nVERSION=\'2\'\n'
  const { variables, warnings } = readDotenv('build.env', text)
  expect(variables.map(({ key, value }) => [key, value])).toEqual([
    ['VERSION', "'2'"],
    ['URL', 'http://a/?b=c'],
    ['EMPTY', ''],
  ])
  expect(warnings).toEqual([])
})

test.each(['# a comment', '', 'export', 'A B=c', '=c'])('(a2.20) GitLab refuses the line "%s"', (line) => {
  const { variables, warnings } = readDotenv('build.env', `A=1\n${line}\nB=2\n`)
  expect(variables.map(({ key }) => key)).toEqual(['A', 'B'])
  expect(warnings).toEqual([expect.stringMatching(/^build\.env:2: /)])
})

test('what is too much for GitLab is told', () => {
  const many = Array.from({ length: 21 }, (_, index) => `A${index}=${'x'.repeat(300)}`).join('\n')
  expect(readDotenv('build.env', many).warnings).toEqual([
    'build.env: GitLab takes at most 5120 bytes',
    'build.env: GitLab takes at most 20 variables unless its administrator allows more',
  ])
})

test('(a2.14) a variable of the command line, or of the project, is stronger than one of a report', () => {
  const reported = readDotenv('build.env', 'A=report\nB=report\n').variables
  const scope = new VariableScope([
    variable('command line', 'A', 'line'),
    variable('job', 'B', 'job'),
    ...reported,
  ])
  expect([scope.get('A'), scope.get('B')]).toEqual(['line', 'report'])
})
