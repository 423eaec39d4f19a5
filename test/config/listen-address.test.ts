import { describe, expect, test } from 'vitest'
import { formatListenAddress, parseListenAddress } from '../../src/config/listen-address.ts'

describe('parseListenAddress', () => {
  const good: [text: string, host: string, port: number][] = [
    ['127.0.0.1:5000', '127.0.0.1', 5000],
    ['0.0.0.0:0', '0.0.0.0', 0],
    ['localhost:65535', 'localhost', 65_535],
    ['[::1]:5000', '::1', 5000],
  ]
  test.each(good)('%s', (text, host, port) => {
    const address = parseListenAddress(text)
    expect(address).toEqual({ host, port })
    expect(address && formatListenAddress(address)).toBe(text)
  })

  test.each([
    '5000',
    ':5000',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '::1:5000',
    'http://a:1',
    'a b:1',
    '',
  ])('%j is none', (text) => {
    expect(parseListenAddress(text)).toBeUndefined()
  })
})
