import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { frame } from '../../../src/executor/script/frame.ts'
import { SHELLS } from './run-shell.ts'

test.each(SHELLS)(
  'in $shell TERM to all of a script ends it with 1',
  async ({ argv: [program, ...args] }) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true })
    try {
      child.stdin.end(frame('echo ready; sleep 60; echo never'))
      await once(child.stdout, 'data')
      process.kill(-(child.pid ?? 0), 'SIGTERM')
      expect(await once(child, 'close')).toEqual([1, null])
    } finally {
      child.kill('SIGKILL')
    }
  },
)
