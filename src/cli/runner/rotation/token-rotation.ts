import type { Clock } from '../../../clock.ts'
import type { TokenRecord } from '../../../executor/config/renew-token.ts'
import type { Log } from '../../../log.ts'
import type { OpenedServer } from '../open-server.ts'
import type { RegisteredSettings } from '../runner-file.ts'
import { type SharedToken, sharedTokens } from './shared-tokens.ts'
import { renewalWaitMs, type TokenDue, type TokenKept, tokenDue } from './token-due.ts'
import type { TokenFile } from './token-file.ts'

/** Tokens live for days. Short all the same: the file may be another, and the clock be set. */
const LOOK_INTERVAL_MS = 60_000
/** Between two words about a token that is not renewed. */
const TELL_INTERVAL_MS = 24 * 60 * 60_000

const KEPT: Readonly<Record<TokenKept, string>> = {
  switched_off: 'FF_DISABLE_AUTOMATIC_TOKEN_ROTATION is set',
  variable: 'config.toml names a variable in its place',
}

export interface TokenRotationParts {
  /** As the file was read last. */
  readonly runners: () => readonly RegisteredSettings[]
  readonly file: Pick<TokenFile, 'rehearse' | 'write'>
  /** @throws RunnerRefused. The result is the caller's to close */
  readonly openServer: (runner: RegisteredSettings) => Promise<Pick<OpenedServer, 'registration' | 'close'>>
  /** No more jobs are asked for with the token of this key: the server would refuse it as that of a stranger. */
  readonly rest: (key: string) => void
  /** Jobs are asked for with it again. */
  readonly resume: (key: string) => void
  /** Jobs are asked for with what the file says now. */
  readonly reload: () => void
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random?: () => number
}

interface Wait {
  readonly failures: number
  /** Wall time in milliseconds since the epoch. */
  readonly until: number
}

/**
 * Renews the tokens of runners before they expire, and writes the new ones into config.toml. The server takes the old
 * one back when it gives the new one: so none is asked for while the file cannot be written.
 */
export class TokenRotation {
  readonly #parts: TokenRotationParts
  /** By the key of a token. */
  readonly #waits = new Map<string, Wait>()

  constructor(parts: TokenRotationParts) {
    this.#parts = parts
  }

  /**
   * Never throws: trouble is told to the log.
   * @param over ends it; a token that was asked for is still written
   */
  async run(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const tokens = sharedTokens(this.#parts.runners())
      const keys = new Set(tokens.map(({ key }) => key))
      for (const key of this.#waits.keys()) if (!keys.has(key)) this.#waits.delete(key)
      for (const token of tokens) if (!over.aborted) await this.#look(token, over)
      await this.#parts.clock.sleep(LOOK_INTERVAL_MS, over).catch(() => {})
    }
  }

  async #look(token: SharedToken, over: AbortSignal): Promise<void> {
    const due = tokenDue(token.runners)
    const now = this.#parts.clock.now()
    if (due === undefined || now < Math.max(due.at, this.#waits.get(token.key)?.until ?? 0)) return
    if (due.kept === undefined) await this.#renew(token, due, over)
    else {
      this.#waits.set(token.key, { failures: 0, until: now + TELL_INTERVAL_MS })
      const kept = { event: 'runner.token_kept', ...toldOf(token, due), reason: due.kept }
      this.#parts.log.warn(kept, `the token expires, and is not renewed: ${KEPT[due.kept]}`)
    }
  }

  async #renew(token: SharedToken, due: TokenDue, over: AbortSignal): Promise<void> {
    const { file, clock, log, rest, resume, reload } = this.#parts
    try {
      // Another process has renewed it, or somebody has cut it out: the new file is read in a moment.
      if (!(await file.rehearse(token.key))) return
    } catch (error) {
      const waitMs = this.#fail(token)
      const unwritable = { event: 'runner.token_unwritable', ...toldOf(token, due), waitMs, err: error }
      log.warn(unwritable, 'the token expires, and is not renewed: config.toml cannot be written')
      return
    }
    let record: TokenRecord
    rest(token.key)
    try {
      record = await this.#ask(token)
    } catch (error) {
      const waitMs = this.#fail(token)
      const refused = { event: 'runner.token_not_renewed', ...toldOf(token, due), waitMs, err: error }
      log.warn(refused, 'the token expires, and the server gave no new one: it is asked again')
      resume(token.key)
      return
    }
    const isWritten = await this.#write(token, record, over)
    // The file is read in a moment; until then it is the old token that seems to be due.
    this.#waits.set(token.key, { failures: 0, until: clock.now() + LOOK_INTERVAL_MS })
    if (!isWritten) return
    // A server that gives longer life to the same token.
    if (record.token === token.runners[0].token) resume(token.key)
    const { expiresAt } = record
    const renewed = { event: 'runner.token_renewed', ...toldOf(token, { expiresAt }) }
    log.info(renewed, 'the token is renewed: the new one is in config.toml')
    reload()
  }

  /** Not ended by a stop: an answer that nobody hears is a token that nobody has. The call has a deadline. */
  async #ask({ runners: [runner] }: SharedToken): Promise<TokenRecord> {
    const { openServer, clock } = this.#parts
    const { registration, close } = await openServer(runner)
    try {
      const { token, expiresAt } = await registration.resetToken(runner.token)
      return { token, expiresAt, obtainedAt: clock.now() }
    } finally {
      await close()
    }
  }

  /** Until it is written: there is no other token than this. */
  async #write(token: SharedToken, record: TokenRecord, over: AbortSignal): Promise<boolean> {
    const { file, clock, log, random = Math.random } = this.#parts
    for (let failures = 1; ; failures += 1) {
      const isLast = over.aborted
      try {
        return await file.write(token.key, record)
      } catch (error) {
        const waitMs = renewalWaitMs(failures, random())
        const unwritten = { event: 'runner.token_unwritten', ...toldOf(token, record), waitMs, err: error }
        if (isLast) {
          log.error(unwritten, 'the new token could not be written, and is lost: register the runner again')
          return false
        }
        log.error(unwritten, 'the new token is not in config.toml yet: it is written once that can be')
        await clock.sleep(waitMs, over).catch(() => {})
      }
    }
  }

  /** @returns how long it is left alone */
  #fail({ key }: SharedToken): number {
    const { clock, random = Math.random } = this.#parts
    const failures = (this.#waits.get(key)?.failures ?? 0) + 1
    const waitMs = Math.round(renewalWaitMs(failures, random()))
    this.#waits.set(key, { failures, until: clock.now() + waitMs })
    return waitMs
  }
}

function toldOf({ runners }: SharedToken, { expiresAt }: { readonly expiresAt: number | undefined }) {
  return {
    runners: runners.map(({ name }) => name),
    expiresAt: expiresAt === undefined ? 'never' : new Date(expiresAt).toISOString(),
  }
}
