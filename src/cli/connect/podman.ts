import {
  accessNotes,
  CHECK_IMAGE,
  type Connection,
  type ConnectionTarget,
  imagePrefix,
  isPlainHttp,
  type MirroredRegistry,
  mirroredRegistries,
  unreachableNotes,
} from './target.ts'

/** podman, buildah, skopeo and CRI-O, which share registries.conf. */
export function connectPodman(target: ConnectionTarget): Connection {
  const { url, credential } = target
  const registries = mirroredRegistries(target).map((registry) => registryLines(registry, target))
  return {
    files: [
      {
        path: '/etc/containers/registries.conf.d/50-entrepot.conf',
        text: registries.join('\n'),
        kind: 'whole',
      },
    ],
    commands: credential === undefined ? [] : [`podman login --username ${credential.username} ${url.host}`],
    check: `podman pull docker.io/${CHECK_IMAGE}`,
    notes: [
      'buildah, skopeo and CRI-O read the same folder; CRI-O after `systemctl reload crio`. Without root it is ' +
        '~/.config/containers/registries.conf.d.',
      'When a mirror does not answer, they go to the registry itself.',
      ...unreachableNotes(target),
      ...accessNotes(target),
    ],
  }
}

function registryLines({ name, component }: MirroredRegistry, target: ConnectionTarget): string {
  const lines = [
    '[[registry]]',
    `prefix = "${name}"`,
    `location = "${name}"`,
    '[[registry.mirror]]',
    `location = "${imagePrefix(target)}/${component}"`,
    ...(isPlainHttp(target) ? ['insecure = true'] : []),
  ]
  return `${lines.join('\n')}\n`
}
