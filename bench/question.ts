import type { LoadProgram } from './load/programs.ts'
import type { Upstream } from './upstream/upstream.ts'

export type Verdict = 'reached' | 'missed'

/** One line of the table: what was asked of whom, and what came out. */
export interface Row {
  readonly question: string
  /** The peer, or what else was measured. */
  readonly subject: string
  /** With its unit; the median over the rounds. */
  readonly measured: string
  /** Lowest and highest of the rounds; empty when there was one. */
  readonly spread: string
  /** Ratios to the other peers, each the median of the rounds' own ratios. */
  readonly compared: string
  /** The target; empty for peers. */
  readonly toReach: string
  readonly verdict: Verdict | ''
}

export interface BenchContext {
  readonly upstream: Upstream
  /** How often each peer is measured; at least 3 for a figure that counts. */
  readonly rounds: number
}

export interface Question {
  /** As given on the command line and in the name of the result. */
  readonly name: string
  /** One sentence, for the head of the result. */
  readonly asks: string
  /** What the load needs beside Node; without it the question is skipped. */
  readonly needs: readonly LoadProgram[]
  run(context: BenchContext): Promise<Row[]>
}
