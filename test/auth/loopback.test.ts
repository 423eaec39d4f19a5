import { describe, expect, test } from 'vitest'
import { isLoopbackAddress, isLoopbackHost, unmappedAddress } from '../../src/auth/loopback.ts'

describe('isLoopbackAddress', () => {
  test.each([
    { address: '127.0.0.1', want: true },
    { address: '127.255.255.254', want: true },
    { address: '::1', want: true },
    { address: '::ffff:127.0.0.1', want: true },
    { address: '::ffff:10.0.0.1', want: false },
    { address: '::ffff:1', want: false },
    { address: '10.0.0.1', want: false },
    { address: '128.0.0.1', want: false },
    { address: '0.0.0.0', want: false },
    { address: '::', want: false },
    { address: '::2', want: false },
    { address: 'fe80::1%lo', want: false },
    { address: '127.', want: false },
    { address: '127.0.0.1.evil.com', want: false },
    { address: '', want: false },
  ])('$address: $want', ({ address, want }) => {
    expect(isLoopbackAddress(address)).toBe(want)
  })

  test('a mapped address is its IPv4 address', () => {
    expect(unmappedAddress('::ffff:192.0.2.1')).toBe('192.0.2.1')
    expect(unmappedAddress('2001:db8::1')).toBe('2001:db8::1')
  })
})

describe('isLoopbackHost', () => {
  test.each([
    'localhost',
    'localhost:5000',
    'LocalHost:5000',
    'localhost.',
    'localhost.:5000',
    'a.localhost',
    'a.b-c.localhost:5000',
    '127.0.0.1',
    '127.0.0.1:5000',
    '127.8.9.10:80',
    '[::1]',
    '[::1]:5000',
    '[::FFFF:127.0.0.1]:5000',
  ])('takes %s', (host) => {
    expect(isLoopbackHost(host)).toBe(true)
  })

  test.each([
    '',
    ':5000',
    '.',
    '.localhost',
    'a..localhost',
    'localhost..',
    'localhost.evil.com',
    'evil-localhost',
    'localhost.localdomain',
    '127.0.0.1.evil.com',
    '127.0.0.1.',
    '127.1',
    '127.0.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '0.0.0.0',
    '0',
    '10.0.0.1:5000',
    '::1',
    '[::1',
    '[::1]evil.com',
    '[::1].evil.com',
    '[]',
    '[::]',
    '[::2]:5000',
    'localhost:x',
    'localhost:5000:1',
    'localhost:5000@evil.com',
    'user@localhost',
    'localhost/evil.com',
    'localhost, evil.com',
    'localhost evil.com',
    ' localhost',
    'localhost\u0000',
    'evil.com#.localhost',
    'evil.com/.localhost',
    'lоcalhost',
  ])('refuses %j', (host) => {
    expect(isLoopbackHost(host)).toBe(false)
  })
})
