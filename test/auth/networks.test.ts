import { describe, expect, test } from 'vitest'
import { compileNetworks, NetworkSyntaxError } from '../../src/auth/networks.ts'

describe('compileNetworks', () => {
  test.each([
    {
      network: '10.0.0.0/8',
      inside: ['10.0.0.1', '10.255.255.255', '::ffff:10.1.2.3'],
      outside: ['11.0.0.1', '::10.0.0.1'],
    },
    { network: '10.1.2.3/8', inside: ['10.9.9.9'], outside: ['11.0.0.1'] },
    { network: '192.0.2.7', inside: ['192.0.2.7', '::ffff:192.0.2.7'], outside: ['192.0.2.8'] },
    { network: '192.0.2.7/32', inside: ['192.0.2.7'], outside: ['192.0.2.6', '192.0.2.8'] },
    { network: '192.0.2.128/25', inside: ['192.0.2.128', '192.0.2.255'], outside: ['192.0.2.127'] },
    { network: '0.0.0.0/0', inside: ['1.2.3.4', '::ffff:1.2.3.4'], outside: ['2001:db8::1'] },
    { network: '::1', inside: ['::1'], outside: ['::2', '127.0.0.1'] },
    { network: 'fd00::/8', inside: ['fd12:3456::1', 'fdff::'], outside: ['fe00::1', '10.0.0.1'] },
    { network: 'fe80::/10', inside: ['fe80::1', 'fe80::1%eth0'], outside: ['fec0::1'] },
    { network: '::/0', inside: ['2001:db8::1', '::1'], outside: ['1.2.3.4'] },
    { network: '::ffff:10.0.0.0/104', inside: ['10.1.2.3', '::ffff:10.1.2.3'], outside: ['11.0.0.1'] },
    { network: '::FFFF:10.0.0.7', inside: ['10.0.0.7'], outside: ['10.0.0.8'] },
  ])('$network', ({ network, inside, outside }) => {
    const isIn = compileNetworks([network])
    expect(inside.filter((address) => !isIn(address))).toEqual([])
    expect(outside.filter((address) => isIn(address))).toEqual([])
  })

  test('any of several is enough, none of none', () => {
    const isIn = compileNetworks(['10.0.0.0/8', '192.0.2.0/24', '::1'])
    expect(['10.0.0.1', '192.0.2.1', '::1', '8.8.8.8'].map(isIn)).toEqual([true, true, true, false])
    expect(compileNetworks([])('127.0.0.1')).toBe(false)
  })

  test.each(['', 'unix', '10.0.0', '10.0.0.1.evil.com', '@'])(
    'what is no address is in no network: %j',
    (address) => {
      expect(compileNetworks(['0.0.0.0/0', '::/0'])(address)).toBe(false)
    },
  )

  test('a verdict is the same when asked again, and after many others', () => {
    const isIn = compileNetworks(['10.0.0.0/16'])
    const addresses = Array.from({ length: 3000 }, (_, n) => `10.${n % 2}.${n >> 8}.${n & 255}`)
    for (const round of [1, 2]) {
      const wrong = addresses.filter((address) => isIn(address) !== address.startsWith('10.0.'))
      expect({ round, wrong }).toEqual({ round, wrong: [] })
    }
  })

  test.each([
    '',
    'localhost',
    '10.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8.0',
    '10.0.0.0/255.0.0.0',
    '10.0.0.0/8/8',
    ' 10.0.0.0/8',
    '10.0.0.0 /8',
    '300.0.0.1',
    'fd00::/129',
    'fd00:/8',
    'fe80::1%eth0',
    '::ffff:10.0.0.0/8',
    '*',
  ])('refuses the network "%s"', (network) => {
    expect(() => compileNetworks(['10.0.0.0/8', network])).toThrow(NetworkSyntaxError)
  })
})
