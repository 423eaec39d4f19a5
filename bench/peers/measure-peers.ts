import { Cleanups } from '../../test/support/real/cleanups.ts'
import { interleave } from '../measure/rounds.ts'
import type { BenchContext } from '../question.ts'
import { dockerRegistry } from './docker-registry.ts'
import { entrepot } from './entrepot.ts'
import { nginx } from './nginx.ts'
import type { Peer, PeerKind, PeerName } from './peer.ts'

/** The values of the rounds by peer; a peer that is not installed has the way to install it instead. */
export type Measurements<T> = ReadonlyMap<PeerName, readonly T[] | { readonly missing: string }>

const KINDS: readonly PeerKind[] = [dockerRegistry, nginx, entrepot]

/** Starts every peer once, lets `warm` fill its cache, then measures in interleaved rounds. */
export async function measureWarm<T>(
  { upstream, rounds }: BenchContext,
  warm: (peer: Peer) => Promise<void>,
  measure: (peer: Peer) => Promise<T>,
): Promise<Measurements<T>> {
  await using peers = new Cleanups()
  const running: Peer[] = []
  for (const kind of installed()) {
    const peer = peers.use(await kind.start(upstream.url))
    await warm(peer)
    running.push(peer)
  }
  const values = await interleave(running, rounds, measure)
  return withMissing(new Map([...values].map(([peer, list]) => [peer.name, list])))
}

/** Starts a peer anew, on an empty storage, for every measurement. */
export async function measureCold<T>(
  rounds: number,
  upstreamUrl: string,
  measure: (peer: Peer) => Promise<T>,
): Promise<Measurements<T>> {
  const values = await interleave(installed(), rounds, async (kind) => {
    await using peer = await kind.start(upstreamUrl)
    return await measure(peer)
  })
  return withMissing(new Map([...values].map(([kind, list]) => [kind.name, list])))
}

function installed(): PeerKind[] {
  return KINDS.filter((kind) => kind.missing() === undefined)
}

function withMissing<T>(values: ReadonlyMap<PeerName, readonly T[]>): Measurements<T> {
  return new Map(
    KINDS.map(({ name, missing }) => [name, values.get(name) ?? { missing: missing() ?? 'not measured' }]),
  )
}
