import { expect, test } from 'vitest'
import { CLIENTS, connection } from '../../../src/cli/connect/connection.ts'
import { startProxy } from '../../support/start-proxy.ts'
import { CliProcess } from '../cli-process.ts'

const NOBODY = 'http://127.0.0.1:9'

test('a running server says where it is, and what it caches', async () => {
  await using proxy = await startProxy({
    upstreams: { 'docker.io': NOBODY, 'registry.example:5000': { at: NOBODY, alias: 'ours' } },
    groups: { acme: { anonymousNetworks: [] } },
  })
  for (const client of CLIENTS) {
    const cli = new CliProcess()
    const args = ['connect', client, '--group', 'Acme', '--json', '--storage', proxy.storagePath]
    expect(await cli.run(args)).toBe(0)
    const upstreams = [{ name: 'docker.io' }, { name: 'registry.example:5000', alias: 'ours' }]
    const want = connection(client, { url: new URL(proxy.url), group: 'acme', upstreams })
    expect(JSON.parse(cli.out)).toEqual({ client, url: proxy.url, group: 'acme', ...want })
    expect(cli.err).toBe('')
  }
})

test('its externalUrl goes before its address, and --url before both', async () => {
  await using proxy = await startProxy({ upstreams: {}, externalUrl: 'https://cache.example' })
  const printed = async (...flags: string[]) => {
    const cli = new CliProcess()
    expect(await cli.run(['connect', 'docker', ...flags, '--storage', proxy.storagePath])).toBe(0)
    return cli.out
  }
  expect(await printed()).toContain('"https://cache.example"')
  expect(await printed('--url', 'http://other.example:81')).toContain('"http://other.example:81"')
})

test('--login has the client log in', async () => {
  await using proxy = await startProxy({ upstreams: {}, externalUrl: 'https://cache.example' })
  const cli = new CliProcess()
  expect(await cli.run(['connect', 'docker', '--login', 'alice', '--storage', proxy.storagePath])).toBe(0)
  expect(cli.out).toContain('docker login --username alice cache.example\n')
})

test('for people every line to paste stands at the margin', async () => {
  const cli = new CliProcess()
  expect(await cli.run(['connect', 'containerd', '--registry', 'docker.io'])).toBe(0)
  expect(cli.out).toContain(`The file /etc/containerd/certs.d/docker.io/hosts.toml

[host."http://127.0.0.1:5000"]
  capabilities = ["pull", "resolve"]

Check

ctr images pull --hosts-dir /etc/containerd/certs.d docker.io/library/alpine:3
`)
})

test('on a machine of clients --url is believed, and so are the names', async () => {
  const cli = new CliProcess()
  const flags = ['--url', 'http://cache.example', '--group', 'acme', '--registry', 'registry.example']
  expect(await cli.run(['connect', 'podman', ...flags])).toBe(0)
  expect(cli.out).toContain('location = "cache.example/acme/dependency_proxy/containers/registry.example"')
})

test.each<{ name: string; args: string[]; want: RegExp }>([
  {
    name: 'a login that we know no way for',
    args: ['kaniko', '--login', 'ci'],
    want: /--login is for docker/,
  },
  { name: 'a user name that is none', args: ['docker', '--login', 'a b'], want: /expected a user name/ },
  { name: 'another client', args: ['lxc'], want: /Allowed choices are docker, containerd/ },
  {
    name: 'a group that is not there',
    args: ['docker', '--group', 'defualt'],
    want: /no group defualt \(did you mean default\?\)/,
  },
  { name: 'a group that is none', args: ['docker', '--group', '-'], want: /a group is named by its path/ },
  {
    name: 'a registry that is not cached',
    args: ['docker', '--registry', 'ghcr.oi'],
    want: /no upstream ghcr\.oi \(did you mean ghcr\.io\?\)/,
  },
  {
    name: 'an address without a scheme',
    args: ['docker', '--url', 'cache.example'],
    want: /begins with http/,
  },
])('refused: $name', async ({ args, want }) => {
  const cli = new CliProcess()
  expect(await cli.run(['connect', ...args])).toBe(2)
  expect(cli.err).toMatch(want)
  expect(cli.out).toBe('')
})
