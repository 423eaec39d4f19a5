import type { ClientMachine } from '../client-machine.ts'
import { digestsIn, type PullClient } from './pull-client.ts'

/** buildah, which needs no server. */
export function buildahClient(machine: ClientMachine): PullClient {
  return {
    async pull(reference, platform) {
      await machine.run(['buildah', 'pull', '--platform', platform, reference])
      return digestsIn(await machine.run(['buildah', 'images', '--digests', '--format', '{{.Digest}}']))
    },
    async empty() {
      await machine.run(['buildah', 'rmi', '--all', '--force'])
    },
  }
}
