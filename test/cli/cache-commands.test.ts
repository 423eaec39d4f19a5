import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type ScriptedImage,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { type RunningProxy, startProxy } from '../support/start-proxy.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { CliProcess } from './cli-process.ts'

const INDEX = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
]
const NAME = 'docker.io/library/redis:7'

let upstream: ScriptedUpstream
let proxy: RunningProxy
let config: string
let image: ScriptedImage

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  config = join(proxy.storagePath, 'entrepot.yaml')
  const upstreams = { 'docker.io': { url: upstream.url } }
  await writeFile(config, dump({ storage: { path: '.' }, upstreams }))
  image = upstream.addImage('library/redis', { tags: ['7'], index: INDEX })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const program = new CliProcess()
  const code = await program.run([...args, '--config', config])
  return { code, out: program.out, err: program.err }
}

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await cli(...args, '--json')
  expect({ code, err }).toMatchObject({ code: 0 })
  return JSON.parse(out)
}

describe.each(['a running server', 'a stopped storage'])('on %s', (kind) => {
  const isStopped = kind === 'a stopped storage'

  beforeEach(async () => {
    expect(await cli('cache', 'warm', 'redis:7', '--platform', 'linux/amd64')).toMatchObject({ code: 0 })
    if (isStopped) await proxy.stop()
  })

  test('list tells what is here', async () => {
    const { out, err, code } = await cli('cache', 'list')
    expect(code).toBe(0)
    expect(out).toMatch(
      /^ +SIZE {2}PULLED {2}PULLS {2}PINNED {2}IMAGE\n.* KiB {2}now .* docker\.io\/library\/redis:7\n$/,
    )
    expect(err).toMatch(/^1 image, \d+\.\d KiB of .* used\n$/)
    expect(await json('cache', 'list')).toEqual({
      images: [
        {
          name: NAME,
          digest: image.root.digest,
          bytes: expect.any(Number),
          lastPulledAt: expect.stringMatching(/^2026-.*Z$/),
          pinned: false,
          pulls: expect.any(Number),
        },
      ],
      usage: {
        usedBytes: expect.any(Number),
        reservedBytes: 0,
        maxBytes: expect.any(Number),
        minFreeBytes: expect.any(Number),
        freeBytes: expect.any(Number),
      },
    })
  })

  test('show tells what belongs to an image', async () => {
    const { out, code } = await cli('cache', 'show', 'redis:7')
    expect(code).toBe(0)
    expect(out).toContain(`${NAME}\n  digest  ${image.root.digest}\n`)
    expect(out).toMatch(/THE TAG POINTED TO\n {2}since 2026-\d\d-\d\d \d\d:\d\d UTC, now\n {4}sha256:/)
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(81)
    expect(await json('cache', 'show', 'docker.io/library/redis:7')).toMatchObject({
      name: NAME,
      uniqueBytes: expect.any(Number),
      manifests: expect.arrayContaining([
        {
          digest: image.root.digest,
          sizeBytes: image.root.bytes.length,
          present: true,
          mediaType: image.root.mediaType,
        },
        expect.objectContaining({ digest: image.manifests[1]?.digest, present: false }),
      ]),
      blobs: expect.arrayContaining([
        { digest: image.layers[0]?.digest, sizeBytes: image.layers[0]?.bytes.length, present: true },
      ]),
      history: [{ digest: image.root.digest, since: expect.any(String) }],
    })
  })

  test('pin and unpin', async () => {
    expect(await cli('cache', 'pin', 'redis:7')).toMatchObject({ code: 0, out: `${NAME} is pinned\n` })
    expect(await json('cache', 'show', 'redis:7')).toMatchObject({ pinned: true })
    expect(await json('cache', 'unpin', 'redis:7')).toEqual({ name: NAME, pinned: false })
    expect(await json('cache', 'show', 'redis:7')).toMatchObject({ pinned: false })
  })

  test.each(['pin', 'unpin', 'remove'])(
    '%s takes several, and goes on after one that is not here',
    async (command) => {
      const done = await cli('cache', command, 'ghcr.io/x/y', 'redis:7', '--json')
      expect(done.code).toBe(1)
      expect(JSON.parse(done.out)).toMatchObject({ name: NAME })
      expect(done.err).toContain('entrepot: ghcr.io/x/y:latest is not in the cache')
    },
  )

  test('remove forgets an image', async () => {
    const { name, freedBytes } = await json('cache', 'remove', 'redis:7')
    expect(name).toBe(NAME)
    expect(freedBytes).toBeGreaterThan(2_560)
    expect(await json('cache', 'list')).toMatchObject({ images: [], usage: { usedBytes: 0 } })
    expect(await cli('cache', 'list')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringMatching(/^0 images, 0 B of/),
    })
  })

  test('gc says what it would collect, and collects', async () => {
    expect(await json('cache', 'gc', '--dry-run')).toEqual({ dryRun: true, images: 0, blobs: 0, bytes: 0 })
    expect((await cli('cache', 'gc', '--dry-run')).out).toMatch(
      /^would collect 0 images and 0 blobs, 0 B or more/,
    )
    expect(await cli('cache', 'gc')).toMatchObject({ code: 0, out: 'collected 0 images and 0 blobs, 0 B\n' })
  })

  test('verify says what it looked at; it fails while something that was wrong is not here again', async () => {
    expect(await cli('cache', 'verify')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^verified 2 manifests and 3 blobs, .* KiB: all as it was\n$/),
    })
    const layer = image.layers[0] ?? image.config
    await proxy.truncateBlob(layer.digest, 5)
    expect(await cli('cache', 'verify')).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        `^blob ${layer.digest}: wrong-size, removed; it is fetched when somebody pulls it\n` +
          'verified 2 manifests and 3 blobs, .*: 1 damaged\n$',
      ),
    })
    await cli('cache', 'warm', 'redis:7', '--platform', 'linux/amd64')
    await proxy.truncateBlob(layer.digest, 5)
    expect(await cli('cache', 'verify', '--repair')).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        `^blob ${layer.digest}: wrong-size, fetched again\nverified .*: 1 damaged\n$`,
      ),
    })
    expect(await json('cache', 'verify')).toMatchObject({ blobs: 3, damaged: [] })
  })

  test('an image that is not here is an answer, with what to do', async () => {
    for (const command of ['show', 'remove', 'pin', 'unpin']) {
      expect(await cli('cache', command, 'ghcr.io/x/y')).toEqual({
        code: 1,
        out: '',
        err: 'entrepot: ghcr.io/x/y:latest is not in the cache: `entrepot cache list` shows what is\n',
      })
    }
  })

  test('warm fetches what is missing, and tells what became of each image', async () => {
    const { code, out, err } = await cli('cache', 'warm', 'redis:7', 'redis:77', '--platform', 'all')
    expect(code).toBe(1)
    expect(out).toMatch(/^docker\.io\/library\/redis:7: .* fetched in .*, .* were here\n$/)
    expect(err).toMatch(/^failed redis:77: .*\n1 image in the cache, 1 failed\n$/)
    expect(await json('cache', 'warm', 'redis:7', '--platform', 'linux/arm64')).toMatchObject({
      images: [{ type: 'done', image: 'redis:7', name: NAME, fetchedBytes: 0, presentBlobs: 3 }],
      done: 1,
      failed: 0,
    })
  })
})

describe('wrong use', () => {
  const cases: [args: string[], want: RegExp][] = [
    [['cache', 'lst'], /unknown command 'lst'[\s\S]*Did you mean list/],
    [['cache', 'show'], /missing required argument 'image'/],
    [['cache', 'show', 'a', 'b'], /too many arguments/],
    [['cache', 'show', 'NOT A NAME'], /is not a repository name/],
    [['cache', 'warm'], /missing required argument 'image'/],
    [['cache', 'warm', 'redis', '--platform', 'linux'], /Expected os\/arch, such as linux\/arm64, or all/],
    [['cache', 'gc', '--dry'], /unknown option '--dry'/],
    [['cache', 'list', '--config', '/nonexistent/entrepot.yaml'], /there is no such file/],
  ]
  test.each(cases)('entrepot %j', async (args, want) => {
    const program = new CliProcess()
    const code = await program.run(args.includes('--config') ? args : [...args, '--config', config])
    expect(program.err).toMatch(want)
    expect({ code, out: program.out }).toEqual({ code: 2, out: '' })
  })
})

test('the group alone shows what is in it', async () => {
  const program = new CliProcess()
  expect(await program.run(['cache'])).toBe(2)
  expect(program.err).toMatch(/^Usage: entrepot cache [\s\S]*warm[\s\S]*Exit codes/)
})

test('a folder that is no storage is left alone', async () => {
  await using dir = await makeTempDir()
  const folder = join(dir.path, 'photos')
  await mkdir(folder)
  const program = new CliProcess()
  expect(await program.run(['cache', 'list', '--storage', folder])).toBe(1)
  expect(program.err).toContain(`there is no storage at ${folder}`)
  expect(await readdir(folder)).toEqual([])
})

test.each(['list', 'show', 'remove', 'pin', 'unpin', 'gc', 'verify', 'warm'])(
  'cache %s --help',
  async (command) => {
    const program = new CliProcess()
    expect(await program.run(['cache', command, '--help'])).toBe(0)
    expect(program.out).toMatch(/--storage <dir>[\s\S]*--config <file>[\s\S]*--json/)
  },
)
