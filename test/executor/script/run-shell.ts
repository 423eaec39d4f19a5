import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'

/** The shells that images have. */
export const SHELLS: readonly { readonly shell: string; readonly argv: readonly [string, ...string[]] }[] = [
  { shell: 'bash', argv: ['bash'] },
  { shell: 'dash', argv: ['dash'] },
  { shell: 'busybox sh', argv: ['busybox', 'sh'] },
]

export interface ShellEnd {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
}

/** Gives a shell a script as a container gets it: on its standard input, which then ends. */
export async function runShell(
  [program, ...args]: readonly [string, ...string[]],
  script: string,
): Promise<ShellEnd> {
  const child = spawn(program, args, {
    // Without the profile of whoever runs the tests.
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: '/nonexistent' },
    stdio: 'pipe',
    timeout: 8_000,
  })
  // A program that does not read its script is no error.
  child.stdin.on('error', () => {})
  child.stdin.end(script)
  const [stdout, stderr, [exitCode]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  return { stdout: stdout.toString(), stderr: stderr.toString(), exitCode }
}
