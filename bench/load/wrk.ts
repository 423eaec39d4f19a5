import { requireProgram } from '../../test/support/real/component.ts'
import { runCommand } from '../../test/support/real/run-command.ts'
import { LoadFailed } from './load-failed.ts'

const CONNECTIONS = 32
const SECONDS = 5

interface WrkFigures {
  readonly requestsPerSecond: number
  /** What one request in a hundred takes at least. */
  readonly p99Ms: number
}

/** One thread over 32 connections for 5 s. Errors: LoadFailed, CommandFailed. */
export async function wrk(url: string, accept: string): Promise<WrkFigures> {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, '--latency', '-H', `Accept: ${accept}`, url]
  const output = await runCommand(requireProgram('wrk'), args)
  const requestsPerSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1])
  const p99Ms = inMilliseconds(/99%\s+(\S+)/.exec(output)?.[1] ?? '')
  if (Number.isNaN(requestsPerSecond + p99Ms) || /Non-2xx|Socket errors/.test(output))
    throw new LoadFailed(`wrk ${url}: ${output}`)
  return { requestsPerSecond, p99Ms }
}

/** wrk prints `850.00us`, `4.12ms` or `1.02s`. */
function inMilliseconds(text: string): number {
  const [, value, unit] = /^([\d.]+)(us|ms|s)$/.exec(text) ?? []
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000 }[unit ?? ''] ?? Number.NaN)
}
