import { systemClock } from '../../src/clock.ts'
import { readRepository } from '../../src/executor/stages/sources/source-repository.ts'
import {
  CoordinatorConnection,
  type CoordinatorReply,
} from '../../src/runner/protocol/coordinator-connection.ts'
import { CoordinatorError } from '../../src/runner/protocol/coordinator-error.ts'
import { JobCalls } from '../../src/runner/protocol/job-calls.ts'
import { Registration } from '../../src/runner/protocol/registration.ts'
import { toldWaitMs } from '../../src/runner/protocol/retry-delay.ts'
import { readTicket } from '../../src/runner/read-ticket.ts'
import { IDENTITY } from '../support/coordinator/a-runner.ts'
import type { FuzzedParser } from './fuzzed-parser.ts'

const TICKET = { id: 1, token: 'token-of-a-job' }
const SIGNAL = new AbortController().signal

/** A connection that has the answer already. */
class Answered extends CoordinatorConnection {
  readonly #reply: CoordinatorReply

  constructor(reply: Partial<CoordinatorReply>) {
    super({ url: 'https://gitlab.test', userAgent: 'test', clock: systemClock })
    this.#reply = { status: 200, headers: {}, text: '', ...reply }
  }

  override send(): Promise<CoordinatorReply> {
    return Promise.resolve(this.#reply)
  }
}

async function withAnswer<T>(
  reply: Partial<CoordinatorReply>,
  ask: (connection: CoordinatorConnection) => Promise<T>,
): Promise<T> {
  const connection = new Answered(reply)
  try {
    return await ask(connection)
  } finally {
    await connection.close()
  }
}

const calls = (connection: CoordinatorConnection) => new JobCalls(connection, IDENTITY)

/** What a server of jobs answers to a runner. */
export const COORDINATOR_REPLIES: readonly FuzzedParser[] = [
  {
    name: 'the answer to a request for a job',
    read: (text) =>
      withAnswer({ status: 201, text }, async (connection) => {
        const asked = await calls(connection).requestJob('token', undefined, SIGNAL)
        return asked.kind === 'job' ? readTicket(asked.payload) : undefined
      }),
    throws: [CoordinatorError],
    words: ['{"id":', '1', '1e99', ',"token":"', 't', '"', '}', '[', 'null', ','],
    floods: ['[', '{"id":', '"', '9', ' '],
  },
  {
    name: 'Range of a log, Job-Status and the interval',
    read: (text) => {
      const headers = { range: text, 'job-status': text, 'x-gitlab-trace-update-interval': text }
      return withAnswer({ status: 416, headers }, (connection) =>
        calls(connection).patchTrace(TICKET, 0, Buffer.from('a')),
      )
    },
    throws: [CoordinatorError],
    words: ['0-', '9', '-', 'bytes=', ' ', 'canceling', '1e999', '0x10'],
    floods: ['9', '0-', '-', ' '],
  },
  {
    name: 'the answer to a registration',
    read: (text) =>
      withAnswer({ status: 201, text }, (connection) =>
        new Registration(connection, IDENTITY).register({ registrationToken: 'token' }),
      ),
    throws: [CoordinatorError],
    words: [
      '{"id":1',
      ',"token":"glrt-a"',
      ',"token_expires_at":"',
      '2026-01-01T00:00:00Z',
      '"',
      '}',
      'null',
      '[',
    ],
    floods: ['[', '{"id":', '"', ' '],
  },
  {
    name: 'the refusal of a server',
    read: (text) =>
      withAnswer({ status: 403, text, headers: { 'retry-after': text } }, (connection) =>
        calls(connection).requestJob('token', undefined, SIGNAL),
      ),
    throws: [CoordinatorError],
    words: ['{"message"', ' ', ':', '"403 Forbidden', '"', '{"error":', 'https://u:p@a.test', '}', '\n'],
    floods: ['{"message" ', '{', '"', ' ', 'a', '{"error":"', '"message"'],
  },
  {
    name: 'how long a server wants to be left alone',
    read: (text) => [toldWaitMs({ 'retry-after': text }, 0), toldWaitMs({ 'ratelimit-resettime': text }, 0)],
    throws: [],
    words: ['9', 'Wed, 21 Oct 2026 07:28:00 GMT', 'Wed, ', '-', ' '],
    floods: ['9', ' ', 'Wed, ', 'W', 'Wednesday 1 '],
  },
  {
    name: 'the repository of a job',
    read: readRepository,
    throws: [],
    words: [
      'https://',
      'gitlab-ci-token:',
      '%',
      '%zz',
      'secret',
      '@',
      'gitlab.test',
      ':443',
      '/a/b.git',
      'ssh://',
    ],
    floods: ['https://', '%', '@', ':', 'a', '/'],
  },
]
