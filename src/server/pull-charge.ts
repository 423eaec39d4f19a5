/** What the requests that one client's request caused are charged to, once that is known. */
export class PullCharge {
  #requests = 0
  #record: { upstreamRequests: number } | undefined

  /** One more was sent. Work that goes on after the reply is charged too. */
  readonly add = (): void => {
    if (this.#record === undefined) this.#requests += 1
    else this.#record.upstreamRequests += 1
  }

  /** From now on they are this record's. */
  bill(record: { upstreamRequests: number }): void {
    record.upstreamRequests += this.#requests
    this.#requests = 0
    this.#record = record
  }
}
