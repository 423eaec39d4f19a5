import { expect, test } from 'vitest'
import { mirrorArguments, mtuArguments } from '../../../src/executor/docker/dind-arguments.ts'
import { isDindImage } from '../../../src/executor/docker/dind-image.ts'
import { mirrorPlace } from '../../../src/executor/docker/mirror-place.ts'
import { serviceName } from '../../../src/executor/docker/service-aliases.ts'

test.each([
  ['docker:dind', true],
  ['docker:27-dind', true],
  ['docker:27.3.1-dind-rootless', true],
  ['library/docker:dind', true],
  ['docker.io/library/docker:24-dind', true],
  ['registry.example:5000/ci/docker:dind', true],
  [`docker:dind@sha256:${'a'.repeat(64)}`, true],
  ['docker', false],
  ['docker:27', false],
  ['docker:27-cli', false],
  ['docker:dindling', false],
  ['mydocker:dind', false],
  ['docker/compose:dind', false],
  ['dind:dind', false],
  ['registry.example:5000/docker', false],
  [`docker@sha256:${'a'.repeat(64)}`, false],
])('%s is Docker in Docker: %s', (image, expected) => {
  expect(isDindImage({ ...serviceName(image, undefined), image })).toBe(expected)
})

const MIRROR = { address: '172.29.0.1:40123', others: ['172.17.0.1:40100'] }
const ADDED = [
  '--registry-mirror=http://172.29.0.1:40123',
  '--insecure-registry=172.29.0.1:40123',
  '--insecure-registry=172.17.0.1:40100',
]

test.each<[string, string[], readonly string[] | string]>([
  ['the image as it is', ['dockerd-entrypoint.sh'], ADDED],
  ['options', ['dockerd-entrypoint.sh', '--tls=false'], ADDED],
  ['the engine by its name', ['docker-init', '--', '/usr/local/bin/dockerd', '--debug'], ADDED],
  ['a shell', ['sh', '-c', 'dockerd'], 'its command is not dockerd'],
  ['a script that looks alike', ['sh', '-c', 'dockerd-entrypoint.sh'], 'its command is not dockerd'],
  ['another program', ['sleep', '300'], 'its command is not dockerd'],
  ['nothing', [], 'its command is not dockerd'],
  [
    'a mirror of the author’s',
    ['dockerd-entrypoint.sh', '--registry-mirror=http://m'],
    'its command names a mirror',
  ],
  ['the same in two words', ['dockerd', '--registry-mirror', 'http://m'], 'its command names a mirror'],
])('to a command of %s', (_, command, expected) => {
  expect(mirrorArguments(command, MIRROR)).toEqual(expected)
})

test('an address is named once', () => {
  const { address } = MIRROR
  expect(mirrorArguments(['dockerd'], { address, others: [address] })).toEqual(ADDED.slice(0, 2))
})

test.each<[string, string[], readonly string[]]>([
  ['the image as it is', ['dockerd-entrypoint.sh'], ['--mtu=1400']],
  ['an engine with a mirror of its own', ['dockerd', '--registry-mirror=http://m'], ['--mtu=1400']],
  ['an engine with options', ['/usr/bin/dockerd', '--mtu-like', '9'], ['--mtu=1400']],
  ['an engine that is told already', ['dockerd', '--mtu=1300'], []],
  ['the same in two words', ['dockerd', '--mtu', '1300'], []],
  ['a shell', ['sh', '-c', 'dockerd'], []],
  ['another program', ['sleep', '300'], []],
])('the MTU goes to a command of %s', (_, command, expected) => {
  expect(mtuArguments(command, 1400)).toEqual(expected)
})

test.each([
  [[{ Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' }], { host: '172.18.0.1', networks: ['172.18.0.0/16'] }],
  [[{ Subnet: '10.1.0.16/28' }], { host: '10.1.0.17', networks: ['10.1.0.16/28'] }],
  [
    [{ Subnet: 'fd00::/64' }, { Subnet: '10.1.0.0/24', Gateway: '10.1.0.9' }],
    { host: '10.1.0.9', networks: ['10.1.0.0/24'] },
  ],
  [[{ Subnet: 'fd00::/64', Gateway: 'fd00::1' }], undefined],
  [[], undefined],
])('in a network of %j', (Config, expected) => {
  expect(mirrorPlace({ IPAM: { Driver: 'default', Config } })).toEqual(expected)
})
