import type { ContainerCreateOptions } from 'dockerode'
import type { DockerSettings } from '../config/docker-settings.ts'
import type { JobNetwork } from './job-network.ts'
import { type PlannedVolume, toBinds } from './volume-plan.ts'

/** What all containers of a job have in common. */
export interface ContainerFrame {
  readonly settings: DockerSettings
  readonly network: JobNetwork
  readonly volumes: readonly PlannedVolume[]
  readonly labels: Record<string, string>
}

export interface ContainerOrder {
  readonly name: string
  readonly labels: Record<string, string>
  readonly imageId: string
  readonly environment: readonly string[]
  /** In a network of the job's own. */
  readonly aliases: readonly string[]
  /** Absent: the image's own. `[""]` takes it away. */
  readonly entrypoint: readonly string[] | undefined
  readonly platform: string | undefined
  readonly isPrivileged: boolean
}

export interface ScriptContainerOrder extends ContainerOrder {
  readonly hostname: string
  /** A shell that reads its script from standard input. */
  readonly command: readonly string[]
  readonly user: string | undefined
  /** `name:address`. */
  readonly serviceHosts: readonly string[]
}

/** Of the build's container and the helper's. */
export function scriptContainer(frame: ContainerFrame, order: ScriptContainerOrder): ContainerCreateOptions {
  const { settings, volumes } = frame
  const common = commonOptions(frame, order)
  return {
    ...common,
    ...(isOwnHostname(frame.network) ? { Hostname: settings.hostname ?? order.hostname } : {}),
    Cmd: [...order.command],
    ...(order.user === undefined ? {} : { User: order.user }),
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    Tty: false,
    HostConfig: {
      ...common.HostConfig,
      ...settings.buildHost,
      Binds: toBinds(volumes, true),
      Tmpfs: { ...settings.tmpfs },
      ...(hasOwnHosts(frame.network) ? { ExtraHosts: [...settings.extraHosts, ...order.serviceHosts] } : {}),
    },
  }
}

export interface ServiceContainerOrder extends ContainerOrder {
  /** Absent: the image's own. */
  readonly command: readonly string[] | undefined
}

export function serviceContainer(
  frame: ContainerFrame,
  order: ServiceContainerOrder,
): ContainerCreateOptions {
  const { settings, volumes } = frame
  const common = commonOptions(frame, order)
  return {
    ...common,
    ...(order.command === undefined ? {} : { Cmd: [...order.command] }),
    HostConfig: {
      ...common.HostConfig,
      ...settings.serviceHost,
      Binds: toBinds(volumes, false),
      Tmpfs: { ...settings.servicesTmpfs },
      ...(hasOwnHosts(frame.network) ? { ExtraHosts: [...settings.extraHosts] } : {}),
    },
  }
}

function commonOptions({ settings, network, labels }: ContainerFrame, order: ContainerOrder) {
  const endpoint = {
    ...(network.lookup === 'network' ? { Aliases: [...order.aliases] } : {}),
    ...(settings.macAddress === undefined ? {} : { MacAddress: settings.macAddress }),
  }
  return {
    name: order.name,
    ...(order.platform === undefined ? {} : { platform: order.platform }),
    Image: order.imageId,
    Env: [...order.environment],
    Labels: { ...settings.containerLabels, ...labels, ...order.labels },
    ...(order.entrypoint === undefined ? {} : { Entrypoint: [...order.entrypoint] }),
    HostConfig: {
      NetworkMode: network.mode,
      RestartPolicy: { Name: 'no' },
      Privileged: order.isPrivileged,
    },
    ...(Object.keys(endpoint).length === 0
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [network.mode]: endpoint } } }),
  }
}

/** In the host's network the name is the host's. */
function isOwnHostname(network: JobNetwork): boolean {
  return network.mode !== 'host' && hasOwnHosts(network)
}

/** In another container's network, names and hosts are that one's. */
function hasOwnHosts({ mode }: JobNetwork): boolean {
  return !mode.startsWith('container:')
}
