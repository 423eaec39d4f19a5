import { describe, expect, test } from 'vitest'
import {
  renewalWaitMs,
  type TokenDue,
  type TokenSettings,
  tokenDue,
} from '../../../../src/cli/runner/rotation/token-due.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const MINUTE_MS = 60_000

function token(obtained?: string, expires?: string, special: Partial<TokenSettings> = {}): TokenSettings {
  return {
    tokenObtainedAt: obtained === undefined ? undefined : at(obtained),
    tokenExpiresAt: expires === undefined ? undefined : at(expires),
    isTokenFromEnvironment: false,
    featureFlags: new Map(),
    ...special,
  }
}

const off = (isOff: boolean) => ({
  featureFlags: new Map([['FF_DISABLE_AUTOMATIC_TOKEN_ROTATION', isOff]]),
})
const JANUARY: readonly [string, string] = ['2026-01-01T00:00', '2026-01-17T00:00']
const DUE = { at: at('2026-01-13T00:00'), expiresAt: at('2026-01-17T00:00') }

describe('a token', () => {
  test.each<[string, readonly TokenSettings[], TokenDue | undefined]>([
    ['without an end is never due', [token('2026-01-01T00:00')], undefined],
    ['is renewed after three quarters of its life', [token(...JANUARY)], { ...DUE, kept: undefined }],
    [
      'whose age is not known is due at once',
      [token(undefined, '2026-01-17T00:00')],
      { ...DUE, at: 0, kept: undefined },
    ],
    [
      'that was old when it came, by a wrong clock, is left for ten minutes',
      [token('2026-01-18T00:00', '2026-01-17T00:00')],
      { ...DUE, at: at('2026-01-18T00:10'), kept: undefined },
    ],
    ['is kept by the flag', [token(...JANUARY, off(true))], { ...DUE, kept: 'switched_off' }],
    ['is not kept by a flag that is false', [token(...JANUARY, off(false))], { ...DUE, kept: undefined }],
    [
      'is kept by a variable in its place',
      [token(...JANUARY, { isTokenFromEnvironment: true })],
      { ...DUE, kept: 'variable' },
    ],
    [
      'of two runners is kept by what keeps one',
      [token(...JANUARY), token(undefined, undefined, off(true))],
      { ...DUE, kept: 'switched_off' },
    ],
    [
      'of three runners is due when it is of the first',
      [token('2026-01-01T00:00'), token('2026-01-02T00:00', '2026-02-18T00:00'), token(...JANUARY)],
      { ...DUE, kept: undefined },
    ],
  ])('%s', (_name, runners, want) => {
    expect(tokenDue(runners)).toEqual(want)
  })
})

test.each([
  [1, 0, MINUTE_MS],
  [2, 0, 2 * MINUTE_MS],
  [6, 0, 32 * MINUTE_MS],
  [7, 0, 60 * MINUTE_MS],
  [99, 0, 60 * MINUTE_MS],
  [1, 0.5, 0.9 * MINUTE_MS],
])('after %i failures a renewal waits (random %f) %f ms', (failures, random, want) => {
  expect(renewalWaitMs(failures, random)).toBe(want)
})
