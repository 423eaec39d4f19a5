import { Agent, get } from 'node:http'
import { OCI_MANIFEST } from '../../src/oci/media-types.ts'
import { seededRandom } from '../../test/support/replay/random.ts'
import { LoadFailed } from '../load/load-failed.ts'
import type { Peer } from '../peers/peer.ts'
import { REPOSITORY, TAGS } from './fill-storage.ts'

const ASKED = 2_000
const SEED = 20_26
const TIMEOUT_MS = 30_000

/**
 * How many milliseconds the first pull of a manifest by its tag takes, for tags at random, one after the other
 * over one connection: what is read from the catalog, and HTTP.
 */
export async function askColdTags(peer: Peer): Promise<number[]> {
  const random = seededRandom(SEED)
  const numbers = new Set<number>()
  while (numbers.size < ASKED) numbers.add(Math.floor(random() * TAGS))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    const times: number[] = []
    for (const number of numbers) {
      const startedAt = performance.now()
      await pull(`${peer.url}/v2/${REPOSITORY}/manifests/t${number}`, agent)
      times.push(performance.now() - startedAt)
    }
    return times
  } finally {
    agent.destroy()
  }
}

function pull(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: { accept: OCI_MANIFEST }, timeout: TIMEOUT_MS }, (reply) => {
      reply.resume()
      reply.once('end', () => {
        if (reply.statusCode === 200) resolve()
        else reject(new LoadFailed(`${url}: ${reply.statusCode}`))
      })
    })
    request.once('timeout', () => request.destroy(new LoadFailed(`${url}: no reply`)))
    request.once('error', reject)
  })
}
