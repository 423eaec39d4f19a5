import type { ClientMachine } from '../client-machine.ts'
import { digestsIn, type PullClient } from './pull-client.ts'

const ENV = { DOCKER_BUILDKIT: '1' }

/**
 * The BuildKit inside the machine's Docker Engine, which startDockerClient has started. It pulls what a Dockerfile
 * builds on, by itself and not by the engine's pull, and with a COPY on top it needs every layer.
 */
export function engineBuildkitClient(machine: ClientMachine): PullClient {
  return {
    async pull(reference, platform) {
      const dockerfile = `FROM ${reference}\\nCOPY --from=${reference} /bin/busybox /copied\\n`
      const build = `docker build --progress plain --pull --no-cache --platform ${platform} - 2>&1`
      const told = await machine.run(['sh', '-euc', `printf '${dockerfile}' | ${build}`], { env: ENV })
      return digestsIn(
        told
          .split('\n')
          .filter((line) => line.includes('FROM '))
          .join('\n'),
      )
    },
    async empty() {
      await machine.run(['docker', 'builder', 'prune', '--all', '--force'])
      await machine.run(['docker', 'image', 'prune', '--all', '--force'])
    },
  }
}
