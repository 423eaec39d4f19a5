import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { DEFAULT_GROUP } from '../../config/defaults.ts'
import { loadSettings } from '../../config/load.ts'
import type { Log } from '../../log.ts'
import type { StartServer } from '../serve-until-stopped.ts'
import { AMD64, ARM64, DEMO_TAG, makeDemoImage } from './image.ts'
import { type DemoPull, type DemoRequest, pullImage } from './pull.ts'
import { DemoUpstream } from './upstream.ts'

/** As a registry on the same continent would, so that times and joined downloads look as they do in life. */
const ANSWER_AFTER_MS = 40
const CLIENTS_AT_ONCE = 8
const UPSTREAM_NAME = 'demo.example'

export interface DemoStep {
  readonly title: string
  readonly requests: readonly DemoRequest[]
}

export interface DemoOptions {
  readonly start: StartServer
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  onStep(step: DemoStep): void
}

/**
 * A registry, a server and clients in this process, on loopback and in a folder that is gone afterwards: pulls
 * from a registry that answers, and again when it is gone.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'entrepot-demo-'))
  try {
    await using upstream = await DemoUpstream.start(makeDemoImage(), ANSWER_AFTER_MS, options.clock)
    const server = await options.start({
      settings: await settingsFor(folder, upstream.url),
      log: options.log,
      clock: options.clock,
    })
    try {
      await pullAll(server.addresses[0] ?? '', upstream, options)
    } finally {
      await server.close({ graceMs: 0 })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function pullAll(
  server: string,
  upstream: DemoUpstream,
  { signal, onStep }: DemoOptions,
): Promise<void> {
  const base = `${server}/v2/${DEFAULT_GROUP}/dependency_proxy/containers/${UPSTREAM_NAME}/app`
  const { index } = upstream.image
  const step = async (title: string, pull: Partial<DemoPull>): Promise<void> => {
    const order = { base, reference: DEMO_TAG, index, platform: AMD64, clients: 1, ...pull }
    onStep({ title, requests: await pullImage(order, upstream, signal) })
  }
  await step('The first pull, by tag, for linux/amd64', {})
  await step('Again, by tag: the upstream is asked whether the tag has moved', {})
  await step('Again, by digest: nobody is asked', { reference: index })
  const together = `${CLIENTS_AT_ONCE} clients at once, for linux/arm64: one download each`
  await step(together, { platform: ARM64, clients: CLIENTS_AT_ONCE })
  await upstream.stop()
  await step('The upstream is gone: by tag', {})
  await step('The upstream is gone: by digest', { reference: index, platform: ARM64 })
}

/** Nothing of this machine's settings: what is shown is the program as it comes. */
async function settingsFor(folder: string, upstreamUrl: string) {
  const config = join(folder, 'entrepot.yaml')
  // JSON is YAML. With the usual TTL the tag would not be looked at again while this runs.
  const upstreams = { [UPSTREAM_NAME]: { url: upstreamUrl, tagTtl: '0s' } }
  await writeFile(config, JSON.stringify({ listen: '127.0.0.1:0', storage: { path: 'storage' }, upstreams }))
  const { settings } = await loadSettings({ argv: { config }, env: {}, cwd: folder, isTerminal: false })
  return settings
}
