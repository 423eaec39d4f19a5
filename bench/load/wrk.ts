import { requireProgram } from '../../test/support/real/component.ts'
import { runCommand } from '../../test/support/real/run-command.ts'
import { LoadFailed } from './load-failed.ts'

const CONNECTIONS = 32
const SECONDS = 5

export interface WrkFigures {
  readonly requestsPerSecond: number
  readonly requests: number
  /** What one request in a hundred takes at least. */
  readonly p99Ms: number
}

export interface WrkOptions {
  /** Sent with every request. */
  readonly token?: string | undefined
  /** Absent: 5. */
  readonly seconds?: number | undefined
}

/**
 * One thread over 32 connections.
 * @throws LoadFailed, CommandFailed
 */
export async function wrk(
  url: string,
  accept: string,
  { token, seconds = SECONDS }: WrkOptions = {},
): Promise<WrkFigures> {
  const authorization = token === undefined ? [] : ['-H', `Authorization: Bearer ${token}`]
  const args = [`-d${seconds}s`, '--latency', '-H', `Accept: ${accept}`, ...authorization, url]
  const output = await runCommand(requireProgram('wrk'), ['-t1', `-c${CONNECTIONS}`, ...args])
  const requestsPerSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1])
  const p99Ms = inMilliseconds(/^\s+99%\s+(\S+)/m.exec(output)?.[1] ?? '')
  const requests = Number(/(\d+) requests in/.exec(output)?.[1])
  if (Number.isNaN(requestsPerSecond + p99Ms + requests) || /Non-2xx|Socket errors/.test(output))
    throw new LoadFailed(`wrk ${url}: ${output}`)
  return { requestsPerSecond, requests, p99Ms }
}

/** wrk prints `850.00us`, `4.12ms` or `1.02s`. */
function inMilliseconds(text: string): number {
  const [, value, unit] = /^([\d.]+)(us|ms|s)$/.exec(text) ?? []
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000 }[unit ?? ''] ?? Number.NaN)
}
