import { expect, test } from 'vitest'
import { formatSubnet, freeSubnets, parseSubnet } from '../../../src/executor/docker/subnets.ts'

test.each(['172.29.0.0/16', '10.0.0.16/28', '255.255.255.255/32', '0.0.0.0/0'])('%s is a network', (text) => {
  const subnet = parseSubnet(text)
  expect(subnet && formatSubnet(subnet)).toBe(text)
})

test.each(['172.29.0.0', '172.29.0/16', '300.0.0.0/8', '10.0.0.0/33', 'fd00::/64', ''])(
  '"%s" is none',
  (text) => {
    expect(parseSubnet(text)).toBeUndefined()
  },
)

test('a job gets sixteen addresses that nobody has', () => {
  const taken = ['10.1.0.0/28', '10.1.0.32/27', 'fd00::/64', '192.168.0.0/16']
  expect([...freeSubnets(['10.1.0.0/25'], taken, 0)]).toEqual([
    '10.1.0.16/28',
    '10.1.0.64/28',
    '10.1.0.80/28',
    '10.1.0.96/28',
    '10.1.0.112/28',
  ])
})

test('the search begins anywhere and ends where it began', () => {
  expect([...freeSubnets(['10.1.0.0/27', '10.2.0.0/28'], [], 0.5)]).toEqual([
    '10.1.0.16/28',
    '10.1.0.0/28',
    '10.2.0.0/28',
  ])
})

test('nothing is left in a pool that is taken', () => {
  expect([...freeSubnets(['10.1.0.0/24'], ['10.0.0.0/8'], 0.3)]).toEqual([])
})
