import { describe, test } from 'vitest'
import { connection } from '../../src/cli/connect/connection.ts'
import { startClientMachine } from '../support/real/client-machine.ts'
import { buildahClient } from '../support/real/clients/buildah-client.ts'
import { podmanClient } from '../support/real/clients/podman-client.ts'
import { skopeoClient } from '../support/real/clients/skopeo-client.ts'
import { IMAGES, STAGE } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { RELEASES, rootOf } from '../support/real/releases.ts'
import { useStages } from './stage.ts'
import { expectEveryPull } from './three-upstreams.ts'

const CLIENTS = [
  { name: 'podman', start: podmanClient },
  { name: 'buildah', start: buildahClient },
  { name: 'skopeo', start: skopeoClient },
] as const

const COMPONENTS = [...STAGE, 'podman', 'buildah', 'skopeo', ...IMAGES] as const

describeWith(COMPONENTS, 'connected as `entrepot connect podman` says,', () => {
  const startStage = useStages()
  describe.each(RELEASES)('%s', (release) => {
    test.for(CLIENTS)('$name pulls', async ({ start }, { skip }) => {
      const root = await rootOf(release, skip)
      await using stage = await startStage('acme')
      await using machine = await startClientMachine({ network: stage.network, root })
      await machine.install(connection('podman', stage.target).files)
      const client = await start(machine)
      await expectEveryPull(stage, client, (registry, repository) => `${registry}/${repository}`)
    })
  })
})
