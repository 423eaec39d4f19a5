/** Somebody who is told how many requests to upstreams were caused. */
interface Bill {
  upstreamRequests: number
}

/** What the requests that one client's request caused are charged to, once that is known. */
export class PullCharge {
  #requests = 0
  readonly #bills: Bill[] = []

  /** One more was sent. Work that goes on after the reply is charged too. */
  readonly add = (): void => {
    this.#requests += 1
    for (const bill of this.#bills) bill.upstreamRequests += 1
  }

  /** All of them are this record's too. */
  bill(record: Bill): void {
    record.upstreamRequests += this.#requests
    this.#bills.push(record)
  }
}
