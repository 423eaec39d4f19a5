import { median } from '../measure/median.ts'
import { measureWarm } from '../peers/measure-peers.ts'
import type { Peer } from '../peers/peer.ts'
import type { BenchContext, Question, Row } from '../question.ts'
import { count, spread } from '../report/figures.ts'
import { warmUp } from './blob.ts'
import { atMost, peerRows, verdict } from './rows.ts'

const LIMIT_MS = 1000
/** Starts are short: more of them cost little. */
const STARTS_PER_ROUND = 2

export const startToReady: Question = {
  name: 'start-to-ready',
  needs: [],
  asks: 'start-to-ready: from the start of the process, on a storage that holds an image, to its first 200.',
  run: runStartToReady,
}

async function runStartToReady(context: BenchContext): Promise<Row[]> {
  const measure = async (peer: Peer): Promise<number> => {
    await peer.stop()
    await peer.start()
    return peer.startedInMs
  }
  const more = { ...context, rounds: context.rounds * STARTS_PER_ROUND }
  const starts = await measureWarm(more, (peer) => warmUp(peer, context.upstream.image), measure)
  return peerRows('start to ready', starts, (name, values) => {
    const figures = { measured: `${count(median(values))} ms`, spread: `${spread(values, count)} ms` }
    if (name !== 'Entrepot') return figures
    return { ...figures, toReach: `<= ${LIMIT_MS} ms`, verdict: verdict(atMost(median(values), LIMIT_MS)) }
  })
}
