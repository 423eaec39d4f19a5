import { controlSocketPath } from '../../server/control-socket.ts'
import { type CliContext, EXIT_REFUSED } from '../context.ts'
import { Attachment } from './attachment.ts'
import { findLocalStorage, type LocalServerFlags } from './local-storage.ts'
import { RunRefused } from './run-refused.ts'
import { startDetached } from './start-detached.ts'

/** Opening a large storage after a crash takes a moment. */
const START_DEADLINE_MS = 60_000
const POLL_MS = 20
const ATTACH_DEADLINE_MS = 5_000

export interface LocalServer {
  readonly socketPath: string
  /** Aborted when the server is gone, or leaves. */
  readonly lost: AbortSignal
  /** Lets go of it. */
  close(): void
}

/** How to come by a server on this machine. */
export type HoldServer = (flags: LocalServerFlags, context: CliContext) => Promise<LocalServer>

/**
 * The server on this machine that jobs pull through: one that runs already, else one that is started for this run
 * and those after it.
 * @throws SettingsError, RunRefused
 */
export async function holdLocalServer(flags: LocalServerFlags, context: CliContext): Promise<LocalServer> {
  const { path, places, loaded } = await findLocalStorage(flags, context)
  for (const warning of loaded.warnings) context.stderr.write(`entrepot: ${warning}\n`)
  for (const place of places) {
    const held = await attachTo(controlSocketPath(place))
    if (held !== undefined) return held
  }
  return start({ storage: path, config: loaded.source }, context)
}

/** @returns undefined when nobody listens there, or what does is leaving */
export async function attachTo(socketPath: string): Promise<LocalServer | undefined> {
  const attachment = await Attachment.open(socketPath, ATTACH_DEADLINE_MS)
  return attachment && { socketPath, lost: attachment.lost, close: () => attachment.close() }
}

async function start(
  order: { storage: string; config: string | undefined },
  context: CliContext,
): Promise<LocalServer> {
  const { stderr, clock } = context
  const server = await startDetached(order, context)
  stderr.write(
    `entrepot: started a cache for this and the next runs, on ${order.storage} (pid ${server.pid})\n`,
  )
  let ended: { readonly code: number | null } | undefined
  server.ended.then((code) => {
    ended = { code }
  })
  for (let waitedMs = 0; waitedMs < START_DEADLINE_MS; waitedMs += POLL_MS) {
    // Looked at before the last try. One that was refused left the storage to another run's, which is as good.
    const hasFailed = ended !== undefined && ended.code !== EXIT_REFUSED
    const held = await attachTo(controlSocketPath(order.storage))
    if (held !== undefined) return held
    if (hasFailed) break
    await clock.sleep(POLL_MS)
  }
  throw new RunRefused(`the cache on ${order.storage} did not start: ${server.logFile} says why`)
}
