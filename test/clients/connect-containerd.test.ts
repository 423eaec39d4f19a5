import { describe, test } from 'vitest'
import { connection } from '../../src/cli/connect/connection.ts'
import { startClientMachine } from '../support/real/client-machine.ts'
import { startContainerdClient } from '../support/real/clients/containerd-client.ts'
import { CONTAINERD, IMAGES, STAGE } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { RELEASES, rootOf } from '../support/real/releases.ts'
import { useStages } from './stage.ts'
import { REGISTRY_NAMES } from './three-registries.ts'
import { expectEveryPull } from './three-upstreams.ts'

describeWith(
  [...STAGE, ...CONTAINERD, ...IMAGES],
  'containerd, connected as `entrepot connect` says,',
  () => {
    const startStage = useStages()
    describe.each(RELEASES)('%s', (release) => {
      const cases = [
        { by: 'one hosts.toml for every registry', group: 'default' },
        {
          by: 'a hosts.toml for each registry, with the path of a group',
          group: 'acme',
          registries: REGISTRY_NAMES,
        },
      ]
      test.for(cases)('pulls by $by', async ({ group, registries }, { skip }) => {
        const root = await rootOf(release, skip)
        await using stage = await startStage(group)
        await using machine = await startClientMachine({ network: stage.network, root })
        const { files } = connection('containerd', { ...stage.target, registries })
        await machine.install(files)
        const client = await startContainerdClient(machine)
        await expectEveryPull(stage, client, (registry, repository) => `${registry}/${repository}`)
      })
    })
  },
)
