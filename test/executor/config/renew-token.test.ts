import { describe, expect, test } from 'vitest'
import { RunnerConfigError } from '../../../src/executor/config/config-error.ts'
import { renewToken, type TokenRecord } from '../../../src/executor/config/renew-token.ts'

const RECORD: TokenRecord = {
  token: 'glrt-new',
  obtainedAt: Date.parse('2026-03-01T12:00:00.789Z'),
  expiresAt: Date.parse('2026-04-01T12:00:00Z'),
}
const renewed = (text: string, indexes: readonly number[] = [0], record = RECORD) =>
  renewToken(text, 'config.toml', new Set(indexes), record)

describe('the token and its dates are written in the place of the old', () => {
  test('and nothing else: comments, order, spaces and other runners stay', () => {
    const text = `# ours
concurrent = 4 # jobs

[[runners]] # the first
  token_expires_at = 2026-02-02T03:04:05Z  # soon
  name="one"
  token = 'glrt-old' # token = "no"
  token_obtained_at = 2026-01-02T03:04:05Z
  pre_build_script = """
token = "in a script"
"""
  [runners.docker]
    image = "ruby" # ever
[[runners]]
  token = "glrt-other"
`
    expect(renewed(text)).toBe(
      text
        .replace("'glrt-old'", '"glrt-new"')
        .replace('2026-02-02T03:04:05Z', '2026-04-01T12:00:00Z')
        .replace('2026-01-02T03:04:05Z', '2026-03-01T12:00:00Z'),
    )
  })

  test('of several runners', () => {
    const text = '[[runners]]\ntoken = "a"\n[[runners]]\ntoken = "b"\n[[runners]]\ntoken = "a"\n'
    const block =
      'token = "glrt-new"\ntoken_obtained_at = 2026-03-01T12:00:00Z\ntoken_expires_at = 2026-04-01T12:00:00Z\n'
    expect(renewed(text, [0, 2])).toBe(`[[runners]]\n${block}[[runners]]\ntoken = "b"\n[[runners]]\n${block}`)
  })

  test.each([
    ['below the token', '[[runners]]\n  token = "a" # b\n  name = "c"\n', '\n  '],
    ['at the end of the file', '[[runners]]\n\ttoken = "a" # b', '\n\t'],
    ['as Windows ends lines', '[[runners]]\r\n  token = "a" # b\r\n  name = "c"\r\n', '\r\n  '],
  ])('dates that were not there come %s', (_name, text, gap) => {
    const dates = ['token_obtained_at = 2026-03-01T12:00:00Z', 'token_expires_at = 2026-04-01T12:00:00Z']
    expect(renewed(text)).toBe(text.replace('"a" # b', `"glrt-new" # b${gap}${dates.join(gap)}`))
  })

  test('a token without an end is written as GitLab Runner writes it', () => {
    const text =
      '[[runners]]\ntoken = "a"\ntoken_obtained_at = 2026-01-02T03:04:05Z\ntoken_expires_at = "x"\n'
    expect(renewed(text, [0], { ...RECORD, expiresAt: undefined })).toContain(
      'token_expires_at = 0001-01-01T00:00:00Z\n',
    )
  })
})

test.each([
  ['runners in one line', 'runners = [{ token = "s3cret" }]\n', /no token can be written into this form/],
  ['a runner that is not there', '[[runners]]\nname = "a"\n', /no token can be written into this form/],
  ['what is no TOML', 'token = "s3cret-of-file\n', /^a mistake in the runner's configuration/],
])('no token is written into %s', (_name, text, message) => {
  expect(() => renewed(text)).toThrow(RunnerConfigError)
  expect(() => renewed(text)).toThrow(message)
  expect(() => renewed(text)).not.toThrow(/s3cret/)
})
