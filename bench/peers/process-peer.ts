import { join } from 'node:path'
import { type Cleanups, startWith } from '../../test/support/real/cleanups.ts'
import { scratchDir } from '../../test/support/real/scratch-dir.ts'
import { Child } from './child.ts'
import { freePort } from './free-port.ts'
import type { Peer, PeerName } from './peer.ts'

export interface PeerPlace {
  /** A scratch folder, for settings and storage. */
  readonly dir: string
  readonly port: number
  readonly upstreamUrl: string
}

export interface PeerCommand {
  readonly file: string
  readonly args: readonly string[]
  /** Answers 200 as soon as the peer serves. */
  readonly readyPath: string
}

/** A peer that is one command on settings written into a scratch folder. */
class ProcessPeer implements Peer {
  readonly name: PeerName
  readonly url: string
  readonly #dir: string
  readonly #command: PeerCommand
  readonly #cleanups: Cleanups
  #child: Child | undefined
  #startedInMs = Number.NaN

  constructor(name: PeerName, { dir, port }: PeerPlace, command: PeerCommand, cleanups: Cleanups) {
    this.name = name
    this.url = `http://127.0.0.1:${port}`
    this.#dir = dir
    this.#command = command
    this.#cleanups = cleanups
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get startedInMs(): number {
    return this.#startedInMs
  }

  get log(): Promise<string> {
    return this.#child?.log ?? Promise.resolve('')
  }

  async start(): Promise<void> {
    const { file, args, readyPath } = this.#command
    const startedAt = performance.now()
    this.#child = new Child(file, args, join(this.#dir, 'output.log'), this.#dir)
    await this.#child.ready(`${this.url}${readyPath}`)
    this.#startedInMs = performance.now() - startedAt
  }

  async stop(): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }
}

/** `prepare` writes the settings and says what to run. */
export function startProcessPeer(
  name: PeerName,
  upstreamUrl: string,
  prepare: (place: PeerPlace) => Promise<PeerCommand>,
): Promise<Peer> {
  return startWith(async (cleanups) => {
    const dir = await scratchDir('bench', cleanups)
    const place = { dir, port: await freePort(), upstreamUrl }
    const peer = new ProcessPeer(name, place, await prepare(place), cleanups)
    cleanups.defer(() => peer.stop())
    await peer.start()
    return peer
  })
}
