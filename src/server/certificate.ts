import type { Server } from 'node:https'
import type { Clock } from '../clock.ts'
import type { TlsSettings } from '../config/settings.ts'
import { readTlsFiles, type TlsFiles } from '../config/tls-files.ts'
import type { Log } from '../log.ts'
import { type Validity, validityAt } from './certificate-validity.ts'

/** How often the files are looked at: whoever renews them does not tell us. */
const LOOK_MS = 60_000

/** Reached by clients that are still maintained; older versions are broken. */
const MIN_VERSION = 'TLSv1.2'

/** What a server is given to show. */
export interface ShownCertificate {
  readonly cert: string
  readonly key: string
  readonly minVersion: typeof MIN_VERSION
}

const WORDS: Readonly<Record<Exclude<Validity, 'valid'>, string>> = {
  'not-yet': 'is not valid yet: is the clock of this machine right?',
  soon: 'expires soon: renew it, the files are read again by themselves',
  expired: 'has expired, and clients refuse it: renew it, the files are read again by themselves',
}

/**
 * The certificate that clients are shown. Its files are read again every minute, so that one that was renewed
 * is taken up without a restart; one that cannot be used is not, and the one before stays.
 */
export class Certificate implements AsyncDisposable {
  readonly #files: TlsSettings
  readonly #clock: Clock
  readonly #log: Log
  readonly #servers: Server[] = []
  readonly #stop = new AbortController()
  readonly #looking: Promise<void>
  #current: TlsFiles
  #validity: Validity = 'valid'
  /** What was last said of files that cannot be used: once is enough. */
  #refusal = ''

  /** @throws Error when the files can no longer be used, which the settings have checked */
  static async load(files: TlsSettings, clock: Clock, log: Log): Promise<Certificate> {
    const read = await readTlsFiles(files)
    if ('cert' in read) return new Certificate(files, read, clock, log)
    throw new Error(read.map(({ message }) => message).join('; '))
  }

  private constructor(files: TlsSettings, current: TlsFiles, clock: Clock, log: Log) {
    this.#files = files
    this.#current = current
    this.#clock = clock
    this.#log = log
    this.#tellValidity()
    this.#looking = this.#lookUntilStopped()
  }

  get shown(): ShownCertificate {
    return { cert: this.#current.cert, key: this.#current.key, minVersion: MIN_VERSION }
  }

  /** Shows every later certificate to this server's next connections. */
  follow(server: Server): void {
    this.#servers.push(server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#looking
  }

  async #lookUntilStopped(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#clock.sleep(LOOK_MS, signal)
      } catch {
        return
      }
      await this.#look()
    }
  }

  async #look(): Promise<void> {
    const read = await readTlsFiles(this.#files)
    if (!('cert' in read)) {
      // In the middle of a renewal one file is of the new pair and one of the old: that is over by next time.
      this.#tellRefusal(read.map(({ message }) => message).join('; '))
      return
    }
    this.#refusal = ''
    if (read.cert !== this.#current.cert || read.key !== this.#current.key) {
      this.#current = read
      for (const server of this.#servers) server.setSecureContext(this.shown)
      const validTo = new Date(read.validTo).toISOString()
      this.#log.info({ event: 'certificate.renewed', validTo }, `new certificate, valid until ${validTo}`)
    }
    this.#tellValidity()
  }

  #tellRefusal(why: string): void {
    if (why === this.#refusal) return
    this.#refusal = why
    this.#log.warn({ event: 'certificate.refused' }, `the certificate stays as it was: ${why}`)
  }

  #tellValidity(): void {
    const validity = validityAt(this.#current, this.#clock.now())
    if (validity === this.#validity) return
    this.#validity = validity
    if (validity === 'valid') return
    const validTo = new Date(this.#current.validTo).toISOString()
    this.#log.warn(
      { event: 'certificate.invalid', validity, validTo },
      `the certificate in ${this.#files.certFile} ${WORDS[validity]}`,
    )
  }
}
