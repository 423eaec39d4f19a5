import { requireProgram } from '../../test/support/real/component.ts'
import { runCommand } from '../../test/support/real/run-command.ts'
import { LoadFailed } from './load-failed.ts'

const CONNECTIONS = 32
const SECONDS = 5

/** Requests per second of one thread over 32 connections for 5 s. Errors: LoadFailed, CommandFailed. */
export async function wrk(url: string, accept: string): Promise<number> {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, '-H', `Accept: ${accept}`, url]
  const output = await runCommand(requireProgram('wrk'), args)
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1])
  if (Number.isNaN(rate) || /Non-2xx|Socket errors/.test(output))
    throw new LoadFailed(`wrk ${url}: ${output}`)
  return rate
}
