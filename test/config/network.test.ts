import { describe, expect, test } from 'vitest'
import { loopbackNetworks, parseNetwork } from '../../src/config/network.ts'

describe('parseNetwork', () => {
  const cases: [text: string, want: string | undefined][] = [
    ['127.0.0.0/8', '127.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['::1', '::1/128'],
    ['fd00::/8', 'fd00::/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.0.0.0/33', undefined],
    ['::/129', undefined],
    ['10.0.0.0/', undefined],
    ['10.0.0.0/8/8', undefined],
    ['10.0.0.0/-1', undefined],
    ['10.0.0', undefined],
    ['010.0.0.1', undefined],
    ['0x7f.0.0.1', undefined],
    ['fe80::1%eth0', undefined],
    ['localhost', undefined],
    ['', undefined],
  ]
  test.each(cases)('%j is %s', (text, want) => {
    expect(parseNetwork(text)).toBe(want)
  })
})

describe('loopbackNetworks', () => {
  const cases: [url: string, want: string[]][] = [
    ['http://127.0.0.1:5000', ['127.0.0.1/32']],
    ['http://127.9.9.9', ['127.9.9.9/32']],
    ['http://[::1]:5000', ['::1/128']],
    ['http://localhost:5000', ['127.0.0.1/32', '::1/128']],
    ['http://10.0.0.1', []],
    ['https://registry.example', []],
  ]
  test.each(cases)('%s opens %j', (url, want) => {
    expect(loopbackNetworks(new URL(url))).toEqual(want)
  })
})
