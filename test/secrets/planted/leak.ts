import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { mintSecret } from '../../../src/auth/secret.ts'
import { startProxy } from '../../support/start-proxy.ts'

test('a server stores a secret, and logs a password', async () => {
  await using proxy = await startProxy({ upstreams: {} })
  proxy.log.info({ event: 'planted', err: new Error('s3cret-of-planted was refused') }, 'planted')
  await writeFile(join(proxy.storagePath, 'planted'), mintSecret('job', randomBytes).secret)
})
