import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ask, type Reply } from '../ask.ts'
import { type Scenario, verdict } from '../scenario.ts'
import { ALL_TYPES, MIB, REPOSITORY } from '../stage.ts'
import { inWords, isServed, times } from '../words.ts'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const HUGE_BYTES = 32 * MIB
/** Written as clients may write them: escaped once, escaped twice, bare, and with what C takes for an end. */
const CLIMBING_PATHS = [
  '/../../../../etc/passwd/manifests/1',
  '/%2e%2e/%2e%2e/%2e%2e/etc/passwd/manifests/1',
  '/library/app/blobs/sha256:..%2f..%2f..%2fetc%2fpasswd',
  '/library/app/manifests/..%252f..%252fpasswd',
  '/library/app/manifests/%00',
]

/** Clients that write something odd, and upstreams that answer with it. */
export const REQUEST_SCENARIOS: readonly Scenario[] = [
  {
    row: 26,
    fault: 'One image by its short and its long name',
    run: async (stage) => {
      const image = stage.upstream.addImage(REPOSITORY, { tags: ['1'] })
      const long = await stage.askManifest('1')
      const short = await ask(`${stage.target.base}/app/manifests/1`, { headers: { accept: ALL_TYPES } })
      const gets = stage.upstream.count({ method: 'GET', path: /manifests/ })
      return verdict(
        { holds: isServed(long, image.root.bytes), did: `library/app: ${inWords(long, image.root.bytes)}` },
        { holds: isServed(short, image.root.bytes), did: `app: ${inWords(short, image.root.bytes)}` },
        { holds: gets === 1, did: times(gets, 'GET') },
      )
    },
  },
  {
    row: 29,
    fault: 'Paths that climb, in names, tags and digests',
    run: async (stage) => {
      const replies: Reply[] = []
      const before = await namesAround(stage.target.storage)
      for (const path of CLIMBING_PATHS) replies.push(await ask(`${stage.target.base}${path}`))
      const refused = replies.filter(({ status }) => status >= 300 && status < 500).length
      const climbed = stage.upstream.requests.filter(
        ({ path }) => path.includes('..') || path.includes('passwd'),
      )
      const after = await namesAround(stage.target.storage)
      const image = stage.upstream.addImage(REPOSITORY, { tags: ['1'] })
      const alive = await stage.askManifest('1')
      return verdict(
        { holds: refused === CLIMBING_PATHS.length, did: `${refused} of ${CLIMBING_PATHS.length} refused` },
        { holds: climbed.length === 0, did: `${climbed.length} passed on` },
        {
          holds: after === before,
          did: after === before ? 'nothing written beside the storage' : 'written outside',
        },
        { holds: isServed(alive, image.root.bytes), did: `then ${inWords(alive, image.root.bytes)}` },
      )
    },
  },
  {
    row: 30,
    fault: `A manifest of ${HUGE_BYTES / MIB} MiB`,
    run: async (stage) => {
      const filling = 'x'.repeat(HUGE_BYTES)
      const bytes = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, annotations: { filling } }),
      )
      const { digest } = stage.upstream.addManifest(REPOSITORY, bytes, MANIFEST)
      const reply = await stage.askManifest(digest)
      const image = stage.upstream.addImage(REPOSITORY, { tags: ['1'] })
      const alive = await stage.askManifest('1')
      return verdict(
        { holds: reply.status >= 400, did: inWords(reply, bytes) },
        { holds: isServed(alive, image.root.bytes), did: `others ${inWords(alive, image.root.bytes)}` },
      )
    },
  },
]

async function namesAround(storage: string): Promise<string> {
  return (await readdir(join(storage, '..'))).sort().join('\n')
}
