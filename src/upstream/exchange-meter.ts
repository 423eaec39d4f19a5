import type { ExchangeCounts } from './upstream.ts'

/** Counts what passes between us and one upstream. */
export class ExchangeMeter implements ExchangeCounts {
  readonly replies = new Map<number, number>()
  unanswered = 0
  receivedBytes = 0

  replied(status: number): void {
    this.replies.set(status, (this.replies.get(status) ?? 0) + 1)
  }
}
