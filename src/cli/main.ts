#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { systemClock } from '../clock.ts'
import { processEnvironment } from '../config/process-environment.ts'
import type { CliContext } from './context.ts'
import { runProgram } from './program.ts'
import { exitWhenUnread } from './when-unread.ts'

/** What a command leaves behind (a socket, a timer) must not keep a finished process alive. */
const EXIT_DEADLINE_MS = 2000

const context: CliContext = {
  env: processEnvironment(),
  cwd: process.cwd(),
  self: [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)],
  // Not opened for commands that ask nothing.
  get stdin() {
    return process.stdin
  },
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  clock: systemClock,
  exit: (code) => process.exit(code),
}

exitWhenUnread([process.stdout, process.stderr], process, context.exit)
process.exitCode = await runProgram(process.argv.slice(2), context, async () => {
  return (await import('../server/start.ts')).startServer
})
setTimeout(() => process.exit(), EXIT_DEADLINE_MS).unref()
