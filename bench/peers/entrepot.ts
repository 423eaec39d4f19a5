import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { buildDist } from '../../test/support/real/build-dist.ts'
import type { PeerKind } from './peer.ts'
import { startProcessPeer } from './process-peer.ts'

/** This program as `npm start` runs it. Tags stay fresh as long as nginx is told to keep them. */
export const entrepot: PeerKind = {
  name: 'Entrepot',
  missing: () => undefined,
  start: (upstream, options = {}) =>
    startProcessPeer('Entrepot', upstream, async ({ dir, port, upstreamUrl }) => {
      const settingsPath = join(dir, 'entrepot.yaml')
      const settings = {
        listen: `127.0.0.1:${port}`,
        storage: { path: options.storage ?? join(dir, 'storage') },
        upstreams: { 'docker.io': { url: upstreamUrl, tagTtl: '1h' } },
        ...options.settings,
      }
      await writeFile(settingsPath, dump(settings))
      const program = [...(options.nodeArgs ?? []), await buildDist()]
      const args = [...program, 'serve', '--config', settingsPath, '--log-format', 'json']
      return { file: process.execPath, args, readyPath: '/readyz' }
    }),
}
