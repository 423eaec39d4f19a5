import { test } from 'vitest'
import { connection } from '../../src/cli/connect/connection.ts'
import { type ConnectionTarget, imagePrefix } from '../../src/cli/connect/target.ts'
import { type ClientMachine, type InstalledFile, startClientMachine } from '../support/real/client-machine.ts'
import { engineBuildkitClient } from '../support/real/clients/buildkit-client.ts'
import { startDockerClient } from '../support/real/clients/docker-client.ts'
import type { PullClient } from '../support/real/clients/pull-client.ts'
import { ENGINE, IMAGES, STAGE } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type Release, rootOf } from '../support/real/releases.ts'
import { useStages } from './stage.ts'
import { expectEveryPull, type Spelling } from './three-upstreams.ts'

interface Case {
  readonly what: string
  readonly release: Release
  /** That of the path mirror, which older engines do not start with, is not the default. */
  readonly group: string
  /** Keys of daemon.json that are not what `entrepot connect` prints, but what its notes or the case need. */
  readonly settings?: (target: ConnectionTarget) => object
  readonly start: (machine: ClientMachine) => Promise<PullClient>
}

const HERE = 'as installed here (Debian 12)'
const containerdStore = () => ({ features: { 'containerd-snapshotter': true } })
const oldBuildkit = ({ url }: ConnectionTarget) => ({ 'insecure-registries': [url.origin] })

const CASES: readonly Case[] = [
  { what: 'pulls by a mirror', release: HERE, group: 'default', start: startDockerClient },
  {
    what: 'builds on what a mirror has',
    release: HERE,
    group: 'default',
    settings: oldBuildkit,
    start: startBuilder,
  },
  { what: 'pulls by a mirror', release: 'of Debian 13', group: 'default', start: startDockerClient },
  { what: 'pulls by a mirror with a path', release: 'of Debian 13', group: 'acme', start: startDockerClient },
  {
    what: 'builds on what a mirror with a path has',
    release: 'of Debian 13',
    group: 'acme',
    start: startBuilder,
  },
  {
    what: 'pulls by a mirror with a path into the image store of containerd',
    release: 'of Debian 13',
    group: 'acme',
    settings: containerdStore,
    start: startDockerClient,
  },
]

async function startBuilder(machine: ClientMachine): Promise<PullClient> {
  await startDockerClient(machine)
  return engineBuildkitClient(machine)
}

/** Docker Hub by its own names, which is where mirrors are asked; the others by the prefix. */
function spelling(target: ConnectionTarget): Spelling {
  return (registry, repository) =>
    registry === 'docker.io'
      ? repository.replace(/^library\//, '')
      : `${imagePrefix(target)}/${registry}/${repository}`
}

function withSettings({ path, text }: InstalledFile, settings: object): InstalledFile {
  return { path, text: JSON.stringify({ ...JSON.parse(text), ...settings }) }
}

describeWith([...STAGE, ...ENGINE, ...IMAGES], 'Docker Engine, connected as `entrepot connect` says,', () => {
  const startStage = useStages()
  test.for(CASES)('$release $what', async ({ release, group, settings, start }, { skip }) => {
    const root = await rootOf(release, skip)
    await using stage = await startStage(group)
    await using machine = await startClientMachine({ network: stage.network, root })
    const target = stage.target
    const { files } = connection('docker', target)
    await machine.install(files.map((file) => withSettings(file, settings?.(target) ?? {})))
    const client = await start(machine)
    await expectEveryPull(stage, client, spelling(target))
  })
})
