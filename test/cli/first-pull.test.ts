import { describe, expect, test } from 'vitest'
import { firstPullHints } from '../../src/cli/first-pull.ts'

describe('firstPullHints', () => {
  const cases: [address: string[], externalUrl: string | undefined, want: string | undefined][] = [
    [['http://127.0.0.1:5000'], undefined, '127.0.0.1:5000'],
    [['http://0.0.0.0:80', 'http://10.0.0.1:1'], undefined, '127.0.0.1'],
    [['http://[::]:5000'], undefined, '127.0.0.1:5000'],
    [['http://[::1]:5000'], undefined, '[::1]:5000'],
    [['http://127.0.0.1:5000'], 'https://cache.example', 'cache.example'],
    [[], undefined, undefined],
  ]
  test.each(cases)('%j with external url %s', (addresses, externalUrl, host) => {
    const url = externalUrl === undefined ? undefined : new URL(externalUrl)
    const [pull, mirror] = firstPullHints(addresses, url)
    expect(pull?.match(/docker pull (\S+?)\//)?.[1]).toBe(host)
    expect(mirror?.match(/"https?:\/\/([^"]+)"/)?.[1]).toBe(host)
  })
})
