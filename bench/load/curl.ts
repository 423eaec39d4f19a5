import { requireProgram } from '../../test/support/real/component.ts'
import { runCommand } from '../../test/support/real/run-command.ts'
import { LoadFailed } from './load-failed.ts'

export interface CurlLoad {
  readonly url: string
  readonly clients: number
  /** Downloads in a row, on one connection, by each client. */
  readonly times: number
  /** Every download must be this long. */
  readonly sizeBytes: number
}

/** Downloads in `clients` processes at once; resolves with bytes per millisecond over all. Errors: LoadFailed. */
export async function curl({ url, clients, times, sizeBytes }: CurlLoad): Promise<number> {
  const program = requireProgram('curl')
  const targets = Array.from({ length: times }, () => ['-o', '/dev/null', url]).flat()
  const args = ['-s', '-w', '%{http_code} %{size_download}\n', ...targets]
  const startedAt = performance.now()
  const outputs = await Promise.all(Array.from({ length: clients }, () => runCommand(program, args)))
  const wallMs = performance.now() - startedAt
  const wrong = outputs.flatMap((text) => text.trim().split('\n')).find((line) => line !== `200 ${sizeBytes}`)
  if (wrong !== undefined) throw new LoadFailed(`curl ${url}: ${wrong}`)
  return (clients * times * sizeBytes) / wallMs
}
