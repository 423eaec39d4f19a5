/** What passed between us and the servers of one upstream since the start: its registry, its token server, its CDN. */
export class ExchangeMeter {
  /** By status. What redirects is counted like any other reply. */
  readonly replies = new Map<number, number>()
  /** Requests that were not answered, those given up among them. */
  unanswered = 0
  /** Of blobs and manifests, without heads. */
  receivedBytes = 0

  replied(status: number): void {
    this.replies.set(status, (this.replies.get(status) ?? 0) + 1)
  }
}
