import { describe, expect, test } from 'vitest'
import { formatPlatform, parsePlatform } from '../../src/oci/platform.ts'

describe('platform', () => {
  test.each([
    ['linux/amd64', 'linux/amd64'],
    ['Linux/AMD64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm/v7', 'linux/arm/v7'],
    ['windows/amd64', 'windows/amd64'],
  ])('%s is %s', (text, canonical) => {
    const platform = parsePlatform(text)
    expect(platform && formatPlatform(platform)).toBe(canonical)
  })

  test.each(['', 'linux', 'linux/', '/amd64', 'linux/amd64/v1/x', 'linux amd64', 'all'])(
    '%j is none',
    (text) => {
      expect(parsePlatform(text)).toBeUndefined()
    },
  )
})
