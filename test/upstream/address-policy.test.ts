import { describe, expect, test } from 'vitest'
import { AddressPolicy, impliedNetworks } from '../../src/upstream/address-policy.ts'

describe('AddressPolicy', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.1',
    '198.17.255.255',
    '223.255.255.255',
    '2606:4700::1111',
    '2001:4860:4860::8888',
    '2a00:1450:4001::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
  ])('%s is public', (address) => {
    expect(new AddressPolicy([]).allows(address)).toBe(true)
  })

  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.1.1.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.1.2.3',
    '::ffff:169.254.169.254',
    '::ffff:0:127.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '',
    'localhost',
    '127.1',
    '0x7f000001',
    '1.1.1.1.',
  ])('%j is refused', (address) => {
    expect(new AddressPolicy([]).allows(address)).toBe(false)
  })

  test.each([
    { networks: ['10.0.0.0/8'], allowed: '10.1.2.3', refused: '172.16.0.1' },
    { networks: ['10.0.0.0/8'], allowed: '::ffff:10.1.2.3', refused: '192.168.0.1' },
    { networks: ['10.0.0.0/8'], allowed: '64:ff9b::10.1.2.3', refused: '64:ff9b::192.168.0.1' },
    { networks: ['127.0.0.1'], allowed: '127.0.0.1', refused: '127.0.0.2' },
    { networks: ['fd00::/8'], allowed: 'fd12::1', refused: 'fe80::1' },
    { networks: ['::1'], allowed: '::1', refused: '127.0.0.1' },
    { networks: ['fe80::/10'], allowed: 'fe80::1%eth0', refused: 'fd00::1' },
    { networks: ['10.0.0.0/8', '192.168.7.0/24'], allowed: '192.168.7.9', refused: '192.168.8.9' },
  ])('$networks lets $allowed in and not $refused', ({ networks, allowed, refused }) => {
    const policy = new AddressPolicy(networks)
    expect(policy.allows(allowed)).toBe(true)
    expect(policy.allows(refused)).toBe(false)
    expect(policy.allows('1.1.1.1')).toBe(true)
  })
})

describe('impliedNetworks', () => {
  test.each([
    ['http://127.0.0.1:5000', ['127.0.0.1/32']],
    ['http://127.0.0.9', ['127.0.0.9/32']],
    // The URL parser settles other spellings of it.
    ['http://2130706433/', ['127.0.0.1/32']],
    ['http://[::1]:5000', ['::1/128']],
    ['http://localhost:5000', ['127.0.0.1/32', '::1/128']],
    ['http://registry.localhost', ['127.0.0.1/32', '::1/128']],
    ['https://10.0.0.1', []],
    ['https://registry.example', []],
    ['https://127.0.0.1.example', []],
    ['https://notlocalhost', []],
  ])('%s implies %j', (url, want) => {
    expect(impliedNetworks(new URL(url))).toEqual(want)
  })
})
