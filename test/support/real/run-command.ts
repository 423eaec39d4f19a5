import { execFile } from 'node:child_process'

export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly code = 'COMMAND_FAILED'

  constructor(
    command: string,
    readonly exitCode: number | string | undefined,
    readonly stdout: string,
    readonly stderr: string,
  ) {
    super(`${command}: exit ${exitCode ?? 'by signal'}: ${(stderr || stdout).trim()}`)
  }
}

export interface CommandOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Written to standard input, which is then closed. */
  readonly input?: string
  /** Killed with SIGKILL after this; default one minute. */
  readonly timeoutMs?: number
}

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024

/** Runs a program to its end and resolves with its standard output. Errors: CommandFailed. */
export function runCommand(
  file: string,
  args: readonly string[],
  { env, cwd, input, timeoutMs = 60_000 }: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
      timeout: timeoutMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: MAX_OUTPUT_BYTES,
      encoding: 'utf8' as const,
    }
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      reject(new CommandFailed([file, ...args].join(' '), error.code ?? undefined, stdout, stderr))
    })
    child.stdin?.on('error', () => undefined) // a program that ends without reading its input
    child.stdin?.end(input ?? '')
  })
}
