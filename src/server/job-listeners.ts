/**
 * Addresses for the containers of jobs, beside those of the settings. They always demand credentials, whatever the
 * groups let in anonymously: on a bridge of an engine, every container is a neighbour.
 */
export class JobListeners {
  readonly #listen: (host: string) => Promise<string>
  readonly #open = new Map<string, Promise<string>>()

  /** @param listen opens an app on a free port; resolves with `HOST:PORT` */
  constructor(listen: (host: string) => Promise<string>) {
    this.#listen = listen
  }

  /**
   * The same host has the same address as long as the server lives.
   * @returns `HOST:PORT`
   * @throws the error of the socket
   */
  open(host: string): Promise<string> {
    const known = this.#open.get(host)
    if (known !== undefined) return known
    const opening = this.#listen(host)
    this.#open.set(host, opening)
    opening.catch(() => this.#open.delete(host))
    return opening
  }
}
