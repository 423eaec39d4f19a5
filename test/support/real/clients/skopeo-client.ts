import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClientMachine } from '../client-machine.ts'
import type { PullClient } from './pull-client.ts'

const TARGET = '/var/tmp/copied'

/** skopeo copies into a folder, which holds the manifest as it came. */
export function skopeoClient(machine: ClientMachine): PullClient {
  return {
    async pull(reference, platform) {
      const [os = '', architecture = ''] = platform.split('/')
      const overrides = ['--override-os', os, '--override-arch', architecture]
      await machine.run(['skopeo', ...overrides, 'copy', `docker://${reference}`, `dir:${TARGET}`])
      const manifest = await readFile(join(machine.pathOf(TARGET), 'manifest.json'))
      return [`sha256:${createHash('sha256').update(manifest).digest('hex')}`]
    },
    empty: () => rm(machine.pathOf(TARGET), { recursive: true, force: true }),
  }
}
