import { connectBuildkit } from './buildkit.ts'
import { connectContainerd } from './containerd.ts'
import { connectDocker } from './docker.ts'
import { connectGitlabRunner } from './gitlab-runner.ts'
import { connectKaniko } from './kaniko.ts'
import { connectKubernetes } from './kubernetes.ts'
import { connectPodman } from './podman.ts'
import type { Connection, ConnectionTarget } from './target.ts'

export const CLIENTS = [
  'docker',
  'containerd',
  'podman',
  'buildkit',
  'kaniko',
  'kubernetes',
  'gitlab-runner',
] as const
export type Client = (typeof CLIENTS)[number]

const BY_CLIENT: Readonly<Record<Client, (target: ConnectionTarget) => Connection>> = {
  docker: connectDocker,
  containerd: connectContainerd,
  podman: connectPodman,
  buildkit: connectBuildkit,
  kaniko: connectKaniko,
  kubernetes: connectKubernetes,
  'gitlab-runner': connectGitlabRunner,
}

/** Those that we know how to log in. */
export const CLIENTS_WITH_LOGIN: readonly Client[] = ['docker', 'podman', 'gitlab-runner']

/** The configuration that makes a client pull through the server. */
export function connection(client: Client, target: ConnectionTarget): Connection {
  return BY_CLIENT[client](target)
}
