import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cgroupMount } from './cgroup-mount.ts'

interface Component {
  /** The Debian package that brings it; absent when no package can. */
  readonly debianPackage?: string
  /** What to tell the user when installing a package is not the answer. */
  readonly advice?: string
  readonly isPresent: () => boolean
}

function program(name: string, debianPackage: string): Component {
  return { debianPackage, isPresent: () => findProgram(name) !== undefined }
}

export const SYSTEMD = '/lib/systemd/systemd'

/** The real parts that suites ask for by name. */
const COMPONENTS = {
  buildah: program('buildah', 'buildah'),
  buildkit: { debianPackage: 'docker.io', isPresent: () => findBuildKitClient() !== undefined },
  busybox: program('busybox', 'busybox-static'),
  caddy: program('caddy', 'caddy'),
  containerd: program('containerd', 'containerd'),
  ctr: program('ctr', 'containerd'),
  docker: program('docker', 'docker.io'),
  'docker-registry': program('docker-registry', 'docker-registry'),
  dockerd: program('dockerd', 'docker.io'),
  faketime: program('faketime', 'faketime'),
  git: program('git', 'git'),
  'git-lfs': program('git-lfs', 'git-lfs'),
  htpasswd: program('htpasswd', 'apache2-utils'),
  ip: program('ip', 'iproute2'),
  iptables: program('iptables', 'iptables'),
  mmdebstrap: program('mmdebstrap', 'mmdebstrap'),
  nginx: program('nginx', 'nginx-light'),
  openssl: program('openssl', 'openssl'),
  podman: program('podman', 'podman'),
  promtool: program('promtool', 'prometheus'),
  skopeo: program('skopeo', 'skopeo'),
  systemd: {
    debianPackage: 'systemd',
    advice: 'a kernel with cgroup2, mounted',
    isPresent: () => isExecutable(SYSTEMD) && cgroupMount() !== undefined,
  },
  'systemd-analyze': program('systemd-analyze', 'systemd'),
  root: { advice: 'run as root', isPresent: () => process.getuid?.() === 0 },
  namespaces: {
    advice: 'run as root where network and mount namespaces may be made',
    isPresent: () => spawnSync('unshare', ['--net', '--mount', 'true']).status === 0,
  },
} as const satisfies Record<string, Component>

export type ComponentName = keyof typeof COMPONENTS

/** Components that always go together. */
export const ENGINE: readonly ComponentName[] = ['dockerd', 'docker', 'ip', 'iptables', 'namespaces']
export const CONTAINERD: readonly ComponentName[] = ['containerd', 'ctr', 'root']
/** What it takes to put real clients before three registries: stage.ts. */
export const STAGE: readonly ComponentName[] = ['docker-registry', 'openssl', 'ip', 'namespaces']
export const IMAGES: readonly ComponentName[] = ['mmdebstrap', 'busybox', 'root']

/** The full path of a program on PATH or in the sbin folders, which a user's PATH often leaves out. */
export function findProgram(name: string): string | undefined {
  return findPrograms(name)[0]
}

function findPrograms(name: string): string[] {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .filter(isExecutable)
}

/** The last docker client that speaks BuildKit itself is 20.10; newer ones need the plugin buildx. */
const FIRST_WITH_PLUGIN = 23

/** The path of a docker client that can build with BuildKit. */
export function findBuildKitClient(): string | undefined {
  return findPrograms('docker').find((path) => {
    const told = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? ''
    const major = Number(/version (\d+)\./.exec(told)?.[1])
    return major < FIRST_WITH_PLUGIN || spawnSync(path, ['buildx', 'version']).status === 0
  })
}

/** Like findProgram, for code that runs behind describeWith and may rely on it. */
export function requireProgram(name: string): string {
  const path = findProgram(name)
  if (path === undefined) throw new Error(`${name} is not installed`)
  return path
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const presence = new Map<ComponentName, boolean>()

function isPresent(name: ComponentName): boolean {
  const known = presence.get(name) ?? COMPONENTS[name].isPresent()
  presence.set(name, known)
  return known
}

/** One sentence that says how to get the missing components; undefined when none is missing. */
export function missingComponents(names: readonly ComponentName[]): string | undefined {
  const missing = names.filter((name) => !isPresent(name)).map((name): Component => COMPONENTS[name])
  if (missing.length === 0) return undefined
  const packages = new Set(missing.flatMap(({ debianPackage }) => debianPackage ?? []))
  const advice = new Set(missing.flatMap((component) => component.advice ?? []))
  if (packages.size > 0) advice.add(`apt-get install ${[...packages].join(' ')}`)
  return [...advice].join('; ')
}
