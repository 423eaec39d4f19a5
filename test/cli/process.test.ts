import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const TSX = createRequire(import.meta.url).resolve('tsx')
const DEADLINE_MS = 30_000

interface Finished {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** The real program in a process of its own. */
class Program {
  readonly finished: Promise<Finished>
  readonly #child: ChildProcess
  #out = ''
  #err = ''

  /** @param under a program that is given the command line of ours */
  constructor(args: readonly string[], cwd: string, under: readonly string[] = []) {
    const line = [...under, process.execPath, '--import', pathToFileURL(TSX).href, MAIN, ...args]
    const [file = '', ...rest] = line
    const child = spawn(file, rest, {
      cwd,
      env: {
        PATH: process.env.PATH,
        TSX_TSCONFIG_PATH: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.on('data', (chunk) => {
      this.#out += chunk
    })
    child.stderr.on('data', (chunk) => {
      this.#err += chunk
    })
    onTestFinished(() => {
      child.kill('SIGKILL')
    })
    this.#child = child
    this.finished = once(child, 'close').then(([code]) => ({ code, out: this.#out, err: this.#err }))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  kill(signal: 'SIGTERM' | 'SIGINT'): void {
    this.#child.kill(signal)
  }

  /** The first log line of an event. */
  async logged(event: string): Promise<Readonly<Record<string, unknown>>> {
    for (;;) {
      const line = this.#out.split('\n').find((text) => text.includes(`"event":"${event}"`))
      if (line !== undefined) return JSON.parse(line)
      if (this.#child.exitCode !== null) throw new Error(`it ended before ${event}: ${this.#err}`)
      await Promise.race([once(this.#child.stdout ?? this.#child, 'data'), once(this.#child, 'close')])
    }
  }
}

test('a server starts, refuses a second one on its storage, and stops on SIGTERM', {
  timeout: DEADLINE_MS,
}, async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'entrepot-cli-'))
  onTestFinished(() => rm(cwd, { recursive: true, force: true }))
  const args = ['serve', '--listen', '127.0.0.1:0', '--storage', 'data', '--log-format', 'json']

  const first = new Program(args, cwd)
  const { addresses } = await first.logged('server.listening')
  expect(addresses).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)])
  const [address] = addresses as string[]
  expect((await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(5000) })).status).toBe(200)

  const second = await new Program(args, cwd).finished
  expect(second.code).toBe(2)
  expect(second.err).toContain(`process ${first.pid}`)
  expect(second.err).toContain(address)

  first.kill('SIGTERM')
  const { code, err } = await first.finished
  expect({ code, err }).toEqual({ code: 0, err: '' })
})

/** Into a pipe whose reader is gone before anything is written. */
const UNREAD = 'exec 3> >(exit); wait $!; "$@" >&3'

test.each([[['--help']], [['version', '--json']], [['connect', 'containerd', '--registry', 'docker.io']]])(
  '%s ends quietly when nobody reads it',
  { timeout: DEADLINE_MS },
  async (args) => {
    const cwd = await mkdtemp(join(tmpdir(), 'entrepot-cli-'))
    onTestFinished(() => rm(cwd, { recursive: true, force: true }))
    expect(await new Program(args, cwd, ['bash', '-c', UNREAD, 'bash']).finished).toEqual({
      code: 141,
      out: '',
      err: '',
    })
  },
)

test('wrong settings end the program before anything starts', { timeout: DEADLINE_MS }, async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'entrepot-cli-'))
  onTestFinished(() => rm(cwd, { recursive: true, force: true }))
  const { code, out, err } = await new Program(['serve', '--listen', 'nope'], cwd).finished
  expect(code).toBe(2)
  expect(out).toBe('')
  expect(err).toMatch(/^entrepot: a mistake in the settings:\n {2}--listen: "nope"/)
})
