import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { CliContext } from '../../src/cli/context.ts'
import { holdLocalServer } from '../../src/cli/run/local-server.ts'
import { ServerClient } from '../../src/cli/server-client.ts'
import { systemClock } from '../../src/clock.ts'
import { buildDist } from '../support/real/build-dist.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'

const TIMEOUT_MS = 60_000

interface Person {
  readonly context: CliContext
  readonly told: string[]
}

/** Somebody in a folder of theirs, with a home of their own. */
async function person({ path }: TempDir): Promise<Person> {
  const told: string[] = []
  const context: CliContext = {
    env: { PATH: process.env.PATH, HOME: path, XDG_CACHE_HOME: join(path, 'caches') },
    cwd: path,
    self: [process.execPath, await buildDist()],
    stdout: { write: () => true },
    stderr: { write: (text: string) => told.push(text) },
    stdin: Readable.from([]),
    signals: new EventEmitter(),
    clock: systemClock,
    exit: () => {},
  }
  return { context, told }
}

async function pidOf(socketPath: string): Promise<number> {
  const client = new ServerClient(socketPath)
  try {
    return (await client.about()).pid
  } finally {
    await client.close()
  }
}

/** SIGTERM, and until it has let go of its storage. */
async function end(pid: number): Promise<void> {
  process.kill(pid)
  await expect.poll(() => isAlive(pid), { timeout: 30_000 }).toBe(false)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('without a server, a run', () => {
  test(
    'starts one in the background, outside the folder it runs in; others share it',
    async () => {
      await using dir = await makeTempDir()
      const { context, told } = await person(dir)
      const [one, other] = await Promise.all([holdLocalServer({}, context), holdLocalServer({}, context)])
      const pid = await pidOf(one.socketPath)
      try {
        expect(one.socketPath).toBe(join(dir.path, 'caches', 'entrepot', 'control.sock'))
        expect(await pidOf(other.socketPath)).toBe(pid)
        expect(await readdir(dir.path)).toEqual(['caches'])
        const lines = told.filter((line) => line.includes('started a cache'))
        expect(lines.length).toBeGreaterThan(0)

        told.length = 0
        const later = await holdLocalServer({}, context)
        expect(await pidOf(later.socketPath)).toBe(pid)
        expect(told).toEqual([])
        later.close()
      } finally {
        one.close()
        other.close()
        await end(pid)
      }
    },
    TIMEOUT_MS,
  )

  test(
    'takes the storage that it is told',
    async () => {
      await using dir = await makeTempDir()
      const { context } = await person(dir)
      await writeFile(join(dir.path, 'entrepot.yaml'), 'storage: { path: ./kept }\n')
      const server = await holdLocalServer({}, context)
      expect(server.socketPath).toBe(join(dir.path, 'kept', 'control.sock'))
      server.close()
      await end(await pidOf(server.socketPath))
    },
    TIMEOUT_MS,
  )

  test(
    'is told where to look when none can start',
    async () => {
      await using dir = await makeTempDir()
      const { context } = await person(dir)
      const broken: CliContext = { ...context, self: [process.execPath, '-e', 'process.exit(7)'] }
      await expect(holdLocalServer({}, broken)).rejects.toThrow(/did not start: .*serve\.log says why/)
    },
    TIMEOUT_MS,
  )
})

test(
  'serve --idle-exit ends with 0 when nobody comes',
  async () => {
    await using dir = await makeTempDir()
    const args = ['serve', '--listen', '127.0.0.1:0', '--storage', join(dir.path, 's'), '--idle-exit', '1s']
    const child = spawn(process.execPath, [await buildDist(), ...args], { cwd: dir.path, stdio: 'ignore' })
    expect(await once(child, 'exit')).toEqual([0, null])
  },
  TIMEOUT_MS,
)
