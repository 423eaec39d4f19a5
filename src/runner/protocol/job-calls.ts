import type { FailureReason } from '../../executor/failure.ts'
import type { CoordinatorCall, CoordinatorConnection } from './coordinator-connection.ts'
import { CoordinatorError } from './coordinator-error.ts'
import { type RunnerIdentity, runnerInfo } from './runner-identity.ts'
import { readTold, type Told } from './told.ts'

/** A server may hold the request for as long as it has no job: GitLab does for 50 s, unless told otherwise. */
const POLL_DEADLINE_MS = 5 * 60_000

export type RequestedJob =
  /** Parsed JSON. */
  | { readonly kind: 'job'; readonly payload: unknown }
  /** @property lastUpdate is sent with the next request; absent from servers that do not hold requests */
  | { readonly kind: 'none'; readonly lastUpdate: string | undefined }
  /** Another runner got it. */
  | { readonly kind: 'conflict' }

/** What opens a job's own resources. */
export interface JobTicket {
  readonly id: number
  /** Secret. */
  readonly token: string
}

export interface JobUpdate {
  readonly state: 'pending' | 'running' | 'success' | 'failed'
  readonly failureReason?: FailureReason | 'unknown_failure' | undefined
  readonly exitCode?: number | undefined
  /** Of the whole log. */
  readonly trace?: { readonly checksum: number; readonly sizeBytes: number }
}

export type UpdatedJob = Told & {
  /**
   * - `done`
   * - `accepted` ask again after the interval: the server is not ready
   * - `trace-differs` it does not have the log that was told: send all of it
   * - `gone`     the job is none of ours, or over
   */
  readonly kind: 'done' | 'accepted' | 'trace-differs' | 'gone'
}

export type PatchedTrace = Told &
  (
    | { readonly kind: 'accepted' }
    /** It has another length: go on from there. */
    | { readonly kind: 'elsewhere'; readonly nextByte: number }
    | { readonly kind: 'gone' }
  )

/** What a runner asks of a server for the sake of jobs. */
export class JobCalls {
  readonly #connection: CoordinatorConnection
  readonly #identity: RunnerIdentity

  constructor(connection: CoordinatorConnection, identity: RunnerIdentity) {
    this.#connection = connection
    this.#identity = identity
  }

  /**
   * `POST jobs/request`. Asked once: whoever polls knows how long to wait.
   * @param lastUpdate of the answer before
   * @throws CoordinatorError; refused with 401 or 403: the token is wrong, 422: what the runner was for is gone
   */
  async requestJob(
    token: string,
    lastUpdate: string | undefined,
    signal: AbortSignal,
  ): Promise<RequestedJob> {
    const call: CoordinatorCall = {
      method: 'POST',
      path: 'jobs/request',
      headers: { 'runner-token': token },
      json: {
        token,
        system_id: this.#identity.systemId,
        last_update: lastUpdate,
        info: runnerInfo(this.#identity),
      },
      deadlineMs: POLL_DEADLINE_MS,
      signal,
    }
    const reply = await this.#connection.send(call)
    switch (reply.status) {
      case 201:
        return { kind: 'job', payload: parseJson(reply.text) }
      case 204: {
        const told = reply.headers['x-gitlab-last-update']
        return { kind: 'none', lastUpdate: typeof told === 'string' ? told : undefined }
      }
      case 409:
        return { kind: 'conflict' }
      default:
        throw this.#connection.failure(call, reply)
    }
  }

  /**
   * `PUT jobs/:id`.
   * @throws CoordinatorError
   */
  async updateJob(
    { id, token }: JobTicket,
    { state, failureReason, exitCode, trace }: JobUpdate,
    signal?: AbortSignal,
  ): Promise<UpdatedJob> {
    const checksum = trace && `crc32:${trace.checksum.toString(16).padStart(8, '0')}`
    const call: CoordinatorCall = {
      method: 'PUT',
      path: `jobs/${id}`,
      headers: { 'job-token': token },
      json: {
        token,
        state,
        failure_reason: failureReason,
        // 0 is left out, as by GitLab Runner: it says nothing.
        exit_code: exitCode || undefined,
        checksum,
        output: trace && { checksum, bytesize: trace.sizeBytes },
        info: runnerInfo(this.#identity),
      },
      signal,
    }
    const reply = await this.#connection.sendPatiently(call)
    const told = readTold(reply.headers)
    switch (reply.status) {
      case 200:
        return { kind: 'done', ...told }
      case 202:
        return { kind: 'accepted', ...told }
      case 412:
        return { kind: 'trace-differs', ...told }
      case 403:
      case 404:
      case 409:
        return { kind: 'gone', ...told }
      default:
        throw this.#connection.failure(call, reply)
    }
  }

  /**
   * `PATCH jobs/:id/trace`.
   * @param bytes at least one, from `start` on
   * @throws CoordinatorError
   */
  async patchTrace(
    { id, token }: JobTicket,
    start: number,
    bytes: Buffer,
    signal?: AbortSignal,
  ): Promise<PatchedTrace> {
    const call: CoordinatorCall = {
      method: 'PATCH',
      path: `jobs/${id}/trace?debug_trace=false`,
      headers: {
        'job-token': token,
        'content-type': 'text/plain',
        'content-range': `${start}-${start + bytes.length - 1}`,
      },
      body: bytes,
      signal,
    }
    const reply = await this.#connection.sendPatiently(call)
    const told = readTold(reply.headers)
    switch (reply.status) {
      case 202:
        return { kind: 'accepted', ...told }
      case 416: {
        const nextByte = /^0-(\d+)$/.exec(String(reply.headers.range ?? ''))?.[1]
        if (nextByte === undefined) throw this.#connection.failure(call, reply)
        return { kind: 'elsewhere', nextByte: Number(nextByte), ...told }
      }
      case 403:
      case 404:
        return { kind: 'gone', ...told }
      default:
        throw this.#connection.failure(call, reply)
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is wrong with it is told with a piece of it, and that may be a secret.
    throw new CoordinatorError('invalid', 'the job that the server sent is no JSON')
  }
}
