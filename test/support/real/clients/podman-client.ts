import type { ClientMachine } from '../client-machine.ts'
import { digestsIn, type PullClient } from './pull-client.ts'

/** For machines without an init system. */
const CONTAINERS_CONF = {
  path: '/etc/containers/containers.conf',
  text: '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
}
const ENV = { PODMAN_IGNORE_CGROUPSV1_WARNING: '1' }

export async function podmanClient(machine: ClientMachine): Promise<PullClient> {
  await machine.install([CONTAINERS_CONF])
  const podman = (...args: string[]) => machine.run(['podman', ...args], { env: ENV })
  return {
    async pull(reference, platform) {
      await podman('pull', '--platform', platform, reference)
      return digestsIn(await podman('image', 'inspect', '--format', '{{.RepoDigests}}', reference))
    },
    async empty() {
      await podman('rmi', '--all', '--force')
    },
  }
}
