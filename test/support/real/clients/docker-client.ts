import type { ClientMachine } from '../client-machine.ts'
import { digestsIn, type PullClient } from './pull-client.ts'

const START_TIMEOUT_MS = 60_000

/** Starts the machine's Docker Engine, which reads /etc/docker/daemon.json, and pulls with its own docker. */
export async function startDockerClient(machine: ClientMachine): Promise<PullClient> {
  const daemon = machine.start(['dockerd'])
  await daemon.waitForLine((line) => line.includes('API listen on'), START_TIMEOUT_MS)
  return {
    async pull(reference, platform) {
      await machine.run(['docker', 'pull', '--platform', platform, reference])
      return digestsIn(
        await machine.run(['docker', 'image', 'inspect', '--format', '{{.RepoDigests}}', reference]),
      )
    },
    empty: () => removeAllImages(machine),
  }
}

async function removeAllImages(machine: ClientMachine): Promise<void> {
  const ids = await machine.run(['docker', 'image', 'ls', '--all', '--quiet', '--no-trunc'])
  const unique = digestsIn(ids)
  if (unique.length > 0) await machine.run(['docker', 'image', 'rm', '--force', ...unique])
}
