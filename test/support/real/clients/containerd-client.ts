import type { ClientMachine } from '../client-machine.ts'
import { digestsIn, type PullClient } from './pull-client.ts'

const CONFIG = `version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri"]
`
/** Where nerdctl and Kubernetes look; ctr has to be told. */
const HOSTS = ['--hosts-dir', '/etc/containerd/certs.d']

/** Starts the machine's containerd without its Kubernetes part; ctr pulls. */
export async function startContainerdClient(machine: ClientMachine): Promise<PullClient> {
  await machine.install([{ path: '/etc/containerd/config.toml', text: CONFIG }])
  const daemon = machine.start(['containerd'])
  await daemon.waitForLine((line) => line.includes('containerd successfully booted'))
  return {
    async pull(reference, platform) {
      await machine.run(['ctr', 'images', 'pull', ...HOSTS, '--platform', platform, reference])
      return digestsIn(await machine.run(['ctr', 'images', 'ls', `name==${reference}`]))
    },
    async empty() {
      const names = (await machine.run(['ctr', 'images', 'ls', '--quiet'])).split('\n').filter(Boolean)
      if (names.length > 0) await machine.run(['ctr', 'images', 'rm', '--sync', ...names])
    },
  }
}
