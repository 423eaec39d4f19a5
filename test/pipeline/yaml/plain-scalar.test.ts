import { describe, expect, test } from 'vitest'
import { readPlainScalar } from '../../../src/pipeline/yaml/plain-scalar.ts'

describe('a value without quotes is what Psych makes of it', () => {
  test.each([
    { written: '012345', value: 5349, text: '5349' },
    { written: '1_000', value: 1000, text: '1000' },
    { written: '1,000', value: 1000, text: '1000' },
    { written: '12:30:45', value: 45045, text: '45045' },
    { written: '1:30', value: 5400, text: '5400' },
    { written: '190:20:30.15', value: 685230.15, text: '685230.15' },
    { written: '0x1F', value: 31, text: '31' },
    { written: '0b101', value: 5, text: '5' },
    { written: '-17', value: -17, text: '-17' },
    { written: '+17', value: 17, text: '17' },
    { written: '0', value: 0, text: '0' },
    { written: '123456789012345678901', value: 123456789012345678901n, text: '123456789012345678901' },
    { written: '1.10', value: 1.1, text: '1.1' },
    { written: '2.0', value: 2, text: '2.0' },
    { written: '1.', value: 1, text: '1.0' },
    { written: '.5', value: 0.5, text: '0.5' },
    { written: '1.0e+3', value: 1000, text: '1000.0' },
    { written: '1.5e+20', value: 1.5e20, text: '1.5e+20' },
    { written: '1.0e-05', value: 1e-5, text: '1.0e-05' },
    { written: '-.inf', value: Number.NEGATIVE_INFINITY, text: '-Infinity' },
    { written: '.NaN', value: Number.NaN, text: 'NaN' },
    { written: 'yes', value: true, text: 'true' },
    { written: 'On', value: true, text: 'true' },
    { written: 'NO', value: false, text: 'false' },
    { written: 'off', value: false, text: 'false' },
    { written: '~', value: null, text: '' },
    { written: 'Null', value: null, text: '' },
    { written: '', value: null, text: '' },
  ])('$written', ({ written, value, text }) => {
    expect(readPlainScalar(written)).toEqual({ value, text })
  })

  test.each([
    ...[
      'y',
      'n',
      'Y',
      '1e3',
      '08',
      '0o17',
      '1.2.3',
      '3.20-alpine',
      '.',
      '-',
      '+',
      '--flag',
      '1__',
      '1:99',
      '12:3x',
    ],
    ...[':symbol', 'true story', '10.0.0.1', '.gitlab', '2024-13-01', '2024-01', '1-2'],
  ])('%s stays text', (written) => {
    expect(readPlainScalar(written)).toEqual({ value: written, text: written })
  })

  test.each(['2024-01-31', '2024-1-3', '2024-01-31 10:00:00', '2001-12-14t21:59:43.10-05:00'])(
    '%s is a date, which GitLab refuses',
    (written) => {
      expect(readPlainScalar(written)).toBeUndefined()
    },
  )
})
