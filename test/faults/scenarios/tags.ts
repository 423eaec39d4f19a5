import type { ScriptedImage } from '../../support/scripted-upstream.ts'
import type { Reply } from '../ask.ts'
import { type Scenario, verdict } from '../scenario.ts'
import { REPOSITORY, type Stage } from '../stage.ts'
import { inSeconds, inWords, isServed, times } from '../words.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const LIMITED = { kind: 'status', status: 429, headers: { 'retry-after': '120' } } as const
const ROUNDS = 10
/** A client that resolves a tag gives up after some such time. */
const AT_ONCE_MS = 5_000

/** Tags, while the upstream is in trouble or says something else. */
export const TAG_SCENARIOS: readonly Scenario[] = [
  {
    row: 14,
    fault: 'The upstream is down, or takes connections and never answers; the tag is here',
    run: async (stage) => {
      const image = await cachedTag(stage)
      const silent = stage.upstream.fault({ do: { kind: 'silence' } })
      await stage.tagsAreOld()
      const hung = await stage.askManifest('1', { patienceMs: 20_000 })
      silent()
      await stage.upstream.stop()
      const down = await stage.askManifest('1')
      return verdict(
        {
          holds: isServed(down, image.root.bytes),
          did: `down: ${inWords(down, image.root.bytes)}${marked(down)}`,
        },
        {
          holds: isServed(hung, image.root.bytes) && hung.tookMs < AT_ONCE_MS,
          did: `silent: ${inWords(hung, image.root.bytes)}${isServed(hung, image.root.bytes) ? ` after ${inSeconds(hung.tookMs)}` : ''}`,
        },
      )
    },
  },
  {
    row: 15,
    fault: `The upstream says 429; the tag is here, and asked for ${ROUNDS} times`,
    run: async (stage) => {
      const image = await cachedTag(stage)
      stage.upstream.fault({ do: LIMITED })
      await stage.tagsAreOld()
      stage.upstream.log.clear()
      const replies: Reply[] = []
      for (let round = 0; round < ROUNDS; round += 1) replies.push(await stage.askManifest('1'))
      const served = replies.filter((reply) => isServed(reply, image.root.bytes)).length
      const asked = stage.upstream.count()
      return verdict(
        { holds: served === ROUNDS, did: `${served} of ${ROUNDS} served` },
        { holds: asked <= 1, did: `${times(asked, 'request')} to the upstream meanwhile` },
      )
    },
  },
  {
    row: 16,
    fault: 'The upstream says 404 for a tag that is here',
    run: async (stage) => {
      const image = await cachedTag(stage)
      stage.upstream.removeTag(REPOSITORY, '1')
      await stage.tagsAreOld()
      const tag = await stage.askManifest('1')
      const digest = await stage.askManifest(image.root.digest)
      const isTold = tag.status !== 200 || tag.headers.warning !== undefined
      return verdict(
        {
          holds: isTold,
          did: `the tag ${inWords(tag, image.root.bytes)}${isTold ? marked(tag) : ', and nobody is told'}`,
        },
        { holds: isServed(digest, image.root.bytes), did: `its digest ${inWords(digest, image.root.bytes)}` },
      )
    },
  },
  {
    row: 17,
    fault: 'A tag moves, HEAD works, and GET fails',
    run: async (stage) => {
      const old = await cachedTag(stage)
      const young = stage.upstream.addImage(REPOSITORY, { tags: ['1'], layers: [Buffer.from('young')] })
      const broken = stage.upstream.fault({ match: { method: 'GET' }, do: { kind: 'status', status: 503 } })
      await stage.tagsAreOld()
      const during = await stage.askManifest('1')
      await stage.upstream.stop()
      const down = await stage.askManifest('1')
      broken()
      await stage.upstream.start()
      // What a target remembers of the trouble may end first.
      const moved = await stage.becomes(
        async () => isServed(await stage.askManifest('1'), young.root.bytes),
        45_000,
      )
      return verdict(
        { holds: isServed(during, old.root.bytes), did: `the old one ${inWords(during, old.root.bytes)}` },
        {
          holds: isServed(down, old.root.bytes),
          did: `with the upstream down ${inWords(down, old.root.bytes)}`,
        },
        { holds: moved, did: moved ? 'afterwards the new one' : 'afterwards still not the new one' },
      )
    },
  },
  {
    row: 18,
    fault: 'One tag, asked for as an index, as an image, and as an index again',
    run: async (stage) => {
      const index = [
        { os: 'linux', architecture: 'arm64' },
        { os: 'linux', architecture: 'amd64' },
      ]
      stage.upstream.addImage(REPOSITORY, { tags: ['1'], index })
      const types: string[] = []
      for (const accept of [INDEX, MANIFEST, INDEX]) {
        const reply = await stage.askManifest('1', { headers: { accept } })
        const type = String(reply.headers['content-type'])
        types.push(
          reply.status !== 200 ? String(reply.status) : type === accept ? 'what it takes' : 'another type',
        )
      }
      return verdict({ holds: types.every((type) => type === 'what it takes'), did: types.join(', ') })
    },
  },
  {
    row: 31,
    fault: '20 clients ask at once for a tag that is here and old',
    run: async (stage) => {
      const image = await cachedTag(stage)
      await stage.tagsAreOld()
      stage.upstream.log.clear()
      const replies = await Promise.all(Array.from({ length: 20 }, () => stage.askManifest('1')))
      const served = replies.filter((reply) => isServed(reply, image.root.bytes)).length
      const asked = stage.upstream.count()
      return verdict(
        { holds: served === 20, did: `${served} of 20 served` },
        { holds: asked === 1, did: `${times(asked, 'request')} to the upstream` },
      )
    },
  },
]

/** An image whose tag and manifest the target has, and has written. */
async function cachedTag(stage: Stage): Promise<ScriptedImage> {
  const image = stage.upstream.addImage(REPOSITORY, { tags: ['1'] })
  await stage.askManifest('1')
  // A second look: some write what they know of a tag after they have answered.
  await stage.askManifest('1')
  return image
}

function marked({ headers }: Reply): string {
  return headers.warning === undefined ? '' : ', marked stale'
}
