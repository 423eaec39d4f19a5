import { Cleanups } from '../../test/support/real/cleanups.ts'
import type { DownloadOrder, DownloadReport } from './download-process.ts'
import { Forked } from './forked.ts'
import { LoadFailed } from './load-failed.ts'

export interface Downloads {
  /** From the start to the last byte of the last client. */
  readonly wallMs: number
  /** When each client had the first byte of the body, earliest first. */
  readonly firstByteMs: readonly number[]
}

/** Clients that wait in processes of their own, so that starting them is not part of any figure. */
export class DownloadClients implements AsyncDisposable {
  readonly #clients: Forked<DownloadOrder, DownloadReport>[] = []
  readonly #cleanups = new Cleanups()

  static async start(count: number): Promise<DownloadClients> {
    const clients = new DownloadClients()
    const module = new URL('./download-process.ts', import.meta.url)
    for (let number = 0; number < count; number++) {
      const client = await Forked.start<DownloadOrder, DownloadReport>(module)
      clients.#clients.push(clients.#cleanups.use(client))
    }
    return clients
  }

  /** All of them, or the first `count`, download at once. Errors: LoadFailed when one got less than `sizeBytes`. */
  async download(url: string, sizeBytes: number, count = this.#clients.length): Promise<Downloads> {
    const startedAt = performance.now()
    const reports = await Promise.all(this.#clients.slice(0, count).map((client) => client.ask({ url })))
    const wallMs = performance.now() - startedAt
    const wrong = reports.find(({ status, bodyBytes }) => status !== 200 || bodyBytes !== sizeBytes)
    if (wrong !== undefined) throw new LoadFailed(`${url}: ${JSON.stringify(wrong)}`)
    return { wallMs, firstByteMs: reports.map((report) => report.firstByteMs).toSorted((a, b) => a - b) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }
}
