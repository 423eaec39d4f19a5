import { expect, test } from 'vitest'
import { JobVariables } from '../../../src/executor/job/job-variables.ts'
import { expandVariables } from '../../../src/pipeline/variables/expand-variables.ts'
import { type OriginVariable, variable } from '../../../src/pipeline/variables/origin-variable.ts'

function expanded(variables: readonly OriginVariable[]): Record<string, string> {
  return Object.fromEntries(expandVariables(variables).map(({ key, value }) => [key, value]))
}

const of = (key: string, value: string, flags = {}) => variable('job', key, value, flags)

test('values are put into each other however deep, whatever the order', () => {
  const variables = [
    of('URL', '$HOST/${PATH_}'),
    of('HOST', '$NAME.example.com'),
    of('NAME', 'shop'),
    of('PATH_', 'v2'),
  ]
  expect(expanded(variables).URL).toBe('shop.example.com/v2')
})

test('the last of a name counts', () => {
  expect(expanded([of('A', '$B'), of('B', 'one'), of('B', 'two')])).toEqual({ A: 'two', B: 'two' })
})

test('what is unknown is kept, and so is $$', () => {
  expect(expanded([of('A', '$UNKNOWN/${ALSO} $$B'), of('B', 'b')]).A).toBe('$UNKNOWN/${ALSO} $$B')
})

test('a circle leaves all as they are; a variable that names itself is none', () => {
  expect(expanded([of('A', '$B'), of('B', '$A'), of('C', '$D'), of('D', 'd')])).toEqual({
    A: '$B',
    B: '$A',
    C: '$D',
    D: 'd',
  })
  expect(expanded([of('LIST', '$LIST:/more'), of('OTHER', '$LIST')]).OTHER).toBe('$LIST:/more')
})

test('what is raw is put in by the executor, which does not look into it', () => {
  const variables = [
    of('RAW', 'costs $5 in ${SHOP}', { isRaw: true }),
    of('SHOP', 'here'),
    of('A', '<$RAW>'),
    of('B', '$A'),
  ]
  expect(expanded(variables).B).toBe('<$RAW>')
  expect(new JobVariables(expandVariables(variables)).get('B')).toBe('<costs $5 in ${SHOP}>')
})

test('what a file variable holds is never put in: its path is', () => {
  const variables = [
    of('KEY', 's3cret-of-a-file', { isFile: true }),
    of('A', 'cat $KEY'),
    of('RUNNER_TEMP_PROJECT_DIR', '/t'),
  ]
  expect(expanded(variables).A).toBe('cat $KEY')
  expect(new JobVariables(expandVariables(variables)).get('A')).toBe('cat /t/KEY')
})

test('values that double each other do not grow without end', () => {
  const doubling = Array.from({ length: 60 }, (_, index) => of(`A${index + 1}`, `$A${index}$A${index}`))
  const values = Object.values(expanded([of('A0', 'x'), ...doubling]))
  expect(Math.max(...values.map(({ length }) => length))).toBeLessThanOrEqual(128 * 1024)
})
