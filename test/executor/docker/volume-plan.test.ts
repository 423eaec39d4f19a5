import { describe, expect, test } from 'vitest'
import { parseVolume } from '../../../src/executor/docker/parse-volume.ts'
import {
  isBuildsShared,
  planVolumes,
  toBinds,
  type VolumeOrder,
} from '../../../src/executor/docker/volume-plan.ts'

describe('one entry of volumes', () => {
  const expand = (text: string) => text.replace('$HOME', '/root')
  test.each([
    ['/cache', undefined, '/cache', undefined],
    ['/cache/', undefined, '/cache', undefined],
    ['/data:ro', undefined, '/data', 'ro'],
    ['/srv/data:/data', '/srv/data', '/data', undefined],
    ['/srv/data:/data:ro', '/srv/data', '/data', 'ro'],
    ['/srv/data:/data:rw,z', '/srv/data', '/data', 'rw,z'],
    ['shared-name:/data', 'shared-name', '/data', undefined],
    ['node_modules', undefined, '/builds/acme/shop/node_modules', undefined],
    ['$HOME:$HOME/.m2', '$HOME', '/root/.m2', undefined],
  ])('%s', (written, source, destination, mode) => {
    expect(parseVolume(written, expand, '/builds/acme/shop')).toEqual({ source, destination, mode })
  })

  test.each(['', ':/data', '/a:/b:/c:ro', '/a:/b:/c', '/', '/srv:/', '/a:'])('refuses "%s"', (written) => {
    const parse = () => parseVolume(written, expand, '/builds/acme/shop')
    expect(parse).toThrow(expect.objectContaining({ code: 'runner_configuration_error' }))
  })
})

const ORDER: VolumeOrder = {
  settings: { volumes: [], disableCache: false, cacheDir: undefined, tmpfs: {}, servicesTmpfs: {} },
  directories: {
    builds: '/builds',
    cache: '/cache',
    project: '/builds/acme/shop',
    temporary: '/builds/acme/shop.tmp',
  },
  expand: (text) => text,
  cacheKey: { shortToken: 'a1b2c3', systemId: 's_1', projectId: 7, slot: 0 },
  isProtected: false,
  keepsBuilds: true,
  suffix: 'ffff',
}

function plan(special: Partial<VolumeOrder>, settings: Partial<VolumeOrder['settings']> = {}) {
  return planVolumes({ ...ORDER, ...special, settings: { ...ORDER.settings, ...settings } })
}

describe('the volumes of a job', () => {
  test('are the cache and the builds directory, which the next job of the project finds again', () => {
    const volumes = plan({})
    expect(volumes.map(({ destination, life }) => [destination, life])).toEqual([
      ['/cache', 'reusable'],
      ['/builds', 'reusable'],
      ['/builds/acme/shop.tmp', 'temporary'],
    ])
    expect(plan({})).toEqual(volumes)
  })

  test.each<[string, Partial<VolumeOrder>, string[], boolean]>([
    ['where the builds stay', {}, [], true],
    ['where the builds are a folder of the host', {}, ['/srv/builds:/builds'], true],
    ['where a part of them is', {}, ['/srv/acme:/builds/acme'], true],
    ['not where the builds go with the job', { keepsBuilds: false }, [], false],
    ['not where the settings have one', {}, ['/srv/tmp:/builds/acme/shop.tmp'], false],
  ])('have one for the files of variables %s', (_, special, volumes, expected) => {
    const temporary = plan(special, { volumes }).filter(
      ({ destination, life }) => destination === '/builds/acme/shop.tmp' && life === 'temporary',
    )
    expect(temporary.map(({ source }) => source.endsWith('-ffff'))).toEqual(expected ? [true] : [])
  })

  test('are others for another project, slot, runner, and for protected branches', () => {
    const keys = [
      {},
      { cacheKey: { ...ORDER.cacheKey, projectId: 8 } },
      { cacheKey: { ...ORDER.cacheKey, slot: 1 } },
      { cacheKey: { ...ORDER.cacheKey, systemId: 's_2' } },
      { isProtected: true },
    ]
    const names = keys.map((special) => plan(special)[0]?.source)
    expect(new Set(names).size).toBe(keys.length)
    expect(
      names.every((name) => /^runner-[0-9a-f]{32}-cache-[0-9a-f]{32}(-protected)?$/.test(name ?? '')),
    ).toBe(true)
  })

  test('go with the job where nothing is to be kept', () => {
    expect(plan({ keepsBuilds: false }).map(({ life }) => life)).toEqual(['reusable', 'temporary'])
    const volumes = plan({}, { disableCache: true, volumes: ['/data'] })
    expect(volumes.map(({ life }) => life)).toEqual(['temporary', 'temporary', 'temporary'])
    expect(volumes.every(({ source }) => source.endsWith('-ffff'))).toBe(true)
  })

  test('are folders below cache_dir', () => {
    expect(plan({}, { cacheDir: '/srv/ci' })[0]?.source).toMatch(
      /^\/srv\/ci\/runner-[0-9a-f]{32}\/[0-9a-f]{32}$/,
    )
  })

  test('are the ones of the settings where these name the same place', () => {
    const volumes = plan({}, { volumes: ['/srv/builds:/builds', '/cache'] })
    expect(volumes.map(({ destination, life }) => [destination, life])).toEqual([
      ['/builds', 'given'],
      ['/cache', 'reusable'],
      ['/builds/acme/shop.tmp', 'temporary'],
    ])
    expect(isBuildsShared(['/srv/builds:/builds'], '/builds')).toBe(true)
    expect(isBuildsShared(['/builds', '/srv:/srv'], '/builds')).toBe(false)
  })

  test('are refused when two are in one place', () => {
    expect(() => plan({}, { volumes: ['/data', '/srv/x:/data'] })).toThrow(
      'volume for container path "/data" is already defined',
    )
  })

  test.each(['/builds', '/'])('are refused when a tmpfs hides the builds directory: %s', (path) => {
    const mistake = expect.objectContaining({ code: 'runner_configuration_error' })
    expect(() => plan({}, { tmpfs: { [path]: 'rw' } })).toThrow(mistake)
    expect(() => plan({}, { servicesTmpfs: { [path]: 'rw' } })).toThrow(mistake)
    expect(() => plan({}, { tmpfs: { '/run': 'rw' } })).not.toThrow()
  })

  test('take content of an image for the build alone', () => {
    const volumes = plan({}, { volumes: ['/srv/data:/data:ro', '/deps'] })
    const [data, deps] = toBinds(volumes, false)
    expect(data).toBe('/srv/data:/data:ro')
    expect(deps).toMatch(/:\/deps:nocopy$/)
    expect(toBinds(volumes, true)[1]).toMatch(/:\/deps$/)
  })
})
