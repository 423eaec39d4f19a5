import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildDist } from '../support/real/build-dist.ts'
import { Daemon } from '../support/real/daemon.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const ROOT = join(import.meta.dirname, '../..')

test('a SIGTERM to npm alone stops the server that `npm start` started', async () => {
  await using storage = await makeTempDir()
  await buildDist()
  const env = { ENTREPOT_LISTEN: '127.0.0.1:0', ENTREPOT_STORAGE_PATH: storage.path }
  await using npm = new Daemon({ file: 'npm', args: ['start'], cwd: ROOT, env })
  await npm.waitForLine((line) => line.includes('"server.listening"'))
  const { pid } = JSON.parse(await readFile(join(storage.path, 'server.json'), 'utf8'))
  onTestFinished(() => endIfAlive(pid))

  // Its output ends when nobody can write to it any more: neither npm, nor a shell, nor the server.
  await npm.stop('SIGTERM')
  expect(npm.lines.some((line) => line.includes('"server.stopped"'))).toBe(true)
})

test('`entrepot demo` works as it is built', async () => {
  const program = await buildDist()
  await using demo = new Daemon({ file: process.execPath, args: [program, 'demo', '--json'] })
  expect(await demo.exited).toEqual({ code: 0, signal: null })
  expect(JSON.parse(demo.lines.at(-1) ?? '')).toMatchObject({ isVerified: true })
})

function endIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
