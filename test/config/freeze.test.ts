import { describe, expect, test } from 'vitest'
import { describeSettings } from '../../src/config/describe.ts'
import { deepFreeze, FixedMap } from '../../src/config/freeze.ts'
import { loadFrom } from './load-from.ts'

describe('settings', () => {
  test('cannot be changed anywhere', async () => {
    const { settings } = await loadFrom({
      yaml: 'tagRules: [{ upstream: ghcr.io, repository: a, tag: b, ttl: 1s }]',
    })
    const upstream = settings.upstreams.get('docker.io')
    const held = [
      settings,
      settings.listen,
      settings.listen[0],
      settings.storage,
      settings.groups,
      settings.groups.get('default'),
      settings.upstreams,
      upstream,
      upstream?.allow,
      settings.tagRules,
      settings.tagRules[0],
      settings.log,
      settings.proxy,
    ]
    expect(held.map((value) => value !== undefined && Object.isFrozen(value))).toEqual(held.map(() => true))
    expect('set' in settings.upstreams).toBe(false)
  })
})

describe('FixedMap', () => {
  test('reads like a Map', () => {
    const map = new FixedMap([
      ['a', 1],
      ['b', 2],
    ])
    const visited: string[] = []
    map.forEach((value, key, self) => {
      visited.push(`${key}${value}${self === map}`)
    })
    expect([map.size, map.get('a'), map.has('b'), map.get('c')]).toEqual([2, 1, true, undefined])
    expect([[...map], [...map.keys()], [...map.values()]]).toEqual([[...map.entries()], ['a', 'b'], [1, 2]])
    expect(visited).toEqual(['a1true', 'b2true'])
  })

  test('is frozen with its values', () => {
    const map = new FixedMap([['a', { list: [1] }]])
    deepFreeze({ map })
    expect(Object.isFrozen(map.get('a')?.list)).toBe(true)
  })
})

describe('describeSettings', () => {
  test('tells everything but secrets, as plain JSON', async () => {
    const { settings } = await loadFrom({
      yaml: 'groups: { acme: }\nexternalUrl: http://cache',
      env: {
        ENTREPOT_UPSTREAM_GHCR_IO_USERNAME: 'me',
        ENTREPOT_UPSTREAM_GHCR_IO_PASSWORD: 'hunter2',
        HTTPS_PROXY: 'http://u:hunter2@proxy:3128',
        NO_PROXY: '.local',
      },
    })
    const text = JSON.stringify(describeSettings(settings))
    expect(text).not.toContain('hunter2')
    expect(JSON.parse(text)).toMatchObject({
      listen: ['127.0.0.1:5000'],
      externalUrl: 'http://cache/',
      groups: { default: {}, acme: {} },
      upstreams: { 'ghcr.io': { url: 'https://ghcr.io/', username: 'me', tagTtlMs: 60_000, ownCa: false } },
      log: { level: 'info', format: 'json' },
      proxy: { https: 'proxy:3128', noProxy: '.local' },
    })
  })
})
