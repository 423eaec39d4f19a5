import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { missingComponents, requireProgram } from '../../test/support/real/component.ts'
import type { PeerKind } from './peer.ts'
import { startProcessPeer } from './process-peer.ts'

/** CNCF docker-registry in proxy mode, quiet. */
export const dockerRegistry: PeerKind = {
  name: 'docker-registry',
  missing: () => missingComponents(['docker-registry']),
  start: (upstream, options = {}) =>
    startProcessPeer('docker-registry', upstream, async ({ dir, port, upstreamUrl }) => {
      const settingsPath = join(dir, 'config.yml')
      const settings = {
        version: 0.1,
        log: { level: 'error', accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: options.storage ?? join(dir, 'data') } },
        http: { addr: `127.0.0.1:${port}` },
        proxy: { remoteurl: upstreamUrl },
      }
      await writeFile(settingsPath, dump(settings))
      return { file: requireProgram('docker-registry'), args: ['serve', settingsPath], readyPath: '/v2/' }
    }),
}
