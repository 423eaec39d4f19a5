import { describe, expect, test } from 'vitest'
import type {
  ImageArrival,
  ImageOrder,
  ImageRequest,
  ImageResolver,
  PreparedImage,
} from '../../../src/executor/images/image-resolver.ts'
import type { RunEvent } from '../../../src/pipeline/run/pipeline-events.ts'
import { PipelineImages } from '../../../src/pipeline/run/pipeline-images.ts'
import { aJob } from '../../support/executor/a-job.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const SIGNAL = new AbortController().signal
const TRACE = { write() {}, info() {}, line() {}, warn() {}, error() {} }

function arrived(source: ImageArrival['source'], bytes: number, upstreamRequests: number | undefined) {
  return {
    digest: source === 'local' ? undefined : `sha256:${'a'.repeat(64)}`,
    source,
    bytes,
    upstreamRequests,
  }
}

const ARRIVALS: Readonly<Record<string, ImageArrival>> = {
  'ruby:3': arrived('miss', 100, 4),
  'redis:7': arrived('hit', 30, 0),
  'own:1': arrived('local', 0, undefined),
}

/** Gets whatever is asked for, as the real one shares it among jobs. */
class Resolver implements ImageResolver {
  order: ImageOrder | undefined

  async open(order: ImageOrder) {
    this.order = order
    const get = async (name: string): Promise<PreparedImage> => {
      const image = {
        name,
        imageId: `id of ${name}`,
        arrival: ARRIVALS[name] ?? arrived('local', 0, undefined),
      }
      return (await order.shared?.once(name, async () => image, SIGNAL))?.image ?? image
    }
    return {
      variables: [],
      prepare: async (requests: readonly ImageRequest[]) =>
        new Map(await Promise.all(requests.map(async ({ role, name }) => [role, await get(name)] as const))),
      openMirror: async () => undefined,
      close: async () => {},
    }
  }

  async close() {}
}

function start() {
  const events: RunEvent[] = []
  const resolver = new Resolver()
  const clock = new FakeClock()
  const images = new PipelineImages({
    resolver,
    clock,
    emit: (event) => events.push(event),
  })
  const prepare = async (jobId: number, name: string) => {
    const opened = await images.open({ job: aJob(name, { id: jobId }), variables: [], trace: TRACE }, SIGNAL)
    const request = {
      role: 'build',
      name,
      isConfigured: false,
      pullPolicies: [],
      platform: undefined,
    } as const
    await opened.prepare([request], SIGNAL)
  }
  return { events, resolver, clock, images, prepare }
}

describe('the images of a run', () => {
  test('are told of once each, however many jobs use them', async () => {
    const { events, images, prepare } = start()
    await prepare(1, 'ruby:3')
    await prepare(2, 'ruby:3')
    await prepare(2, 'redis:7')
    await prepare(3, 'own:1')
    const pulled = events.flatMap((event) => (event.event === 'image.pulled' ? event : []))
    const known = { digest: `sha256:${'a'.repeat(64)}` }
    expect(pulled).toMatchObject([
      { reference: 'ruby:3', source: 'upstream', bytes: 100, upstreamRequests: 4, ...known },
      { reference: 'redis:7', source: 'cache', bytes: 30, upstreamRequests: 0, ...known },
      { reference: 'own:1', source: 'local', digest: null, upstreamRequests: null },
    ])
    expect(images.totals).toEqual({ cacheHits: 1, upstreamRequests: 4, bytesSaved: 30 })
    expect([1, 2, 3].map((id) => images.usedBy(id).map(({ reference }) => reference))).toEqual([
      ['ruby:3'],
      ['ruby:3', 'redis:7'],
      ['own:1'],
    ])
  })

  test('say how far they are, ten times a second at most', async () => {
    const { events, resolver, clock, prepare } = start()
    await prepare(1, 'ruby:3')
    const tell = (bytes: number) => resolver.order?.onProgress?.({ name: 'ruby:3', bytes, totalBytes: 100 })
    tell(1)
    tell(2)
    clock.advance(100)
    tell(3)
    const told = events.flatMap((event) => (event.event === 'image.progress' ? event.bytes : []))
    expect(told).toEqual([1, 3])
  })
})
