import { describe, expect, test } from 'vitest'
import { readGivenVariable, readVariablesFile } from '../../../src/pipeline/variables/given-variables.ts'

describe('variables that are given', () => {
  test('on the command line win over everything, with what stands after the first =', () => {
    expect(readGivenVariable('A=b=c\nd')).toMatchObject({ origin: 'command line', key: 'A', value: 'b=c\nd' })
  })

  test.each([
    ['API_TOKEN', 's3cret-of-ada', true],
    ['API_TOKEN', 'short', false],
    ['DEPLOY_TO', 'production', false],
  ])('%s=%s is hidden: %s', (key, value, isMasked) => {
    expect(readGivenVariable(`${key}=${value}`)).toMatchObject({ isMasked })
  })

  test('a secret is not told to services, however short', () => {
    expect(readGivenVariable('PASSWORD=x').isPublic).toBe(false)
  })

  test('a file has one per line, with comments', () => {
    const variables = readVariablesFile('ci.env', '# ours\n\nA=1\r\nB="two"\n')
    expect(variables).toMatchObject([
      { origin: 'project', key: 'A', value: '1' },
      { origin: 'project', key: 'B', value: '"two"' },
    ])
  })

  test('what is none is refused with its place, and never quoted', () => {
    expect(() => readGivenVariable('s3cret-of-ada')).toThrow(/^a variable is not NAME=value/)
    expect(() => readVariablesFile('ci.env', 'A=1\n1A=s3cret-of-ada')).toThrow(/^ci.env:2 is not NAME=value/)
  })
})
