import {
  accessNotes,
  type Connection,
  type ConnectionTarget,
  imagePrefix,
  isPlainHttp,
  type MirroredRegistry,
  mirroredRegistries,
  unreachableNotes,
} from './target.ts'

/** kaniko has no file: everything is said in flags. */
export function connectKaniko(target: ConnectionTarget): Connection {
  const flags = [
    ...mirroredRegistries(target).map((registry) => mirrorFlag(registry, target)),
    ...(isPlainHttp(target) ? [`--insecure-registry=${target.url.host}`] : []),
  ]
  return {
    files: [],
    commands: [],
    check: ['/kaniko/executor --context=dir:///workspace --no-push', ...flags].join(' \\\n  '),
    notes: [
      'The flags from the second line on are what a build needs. --registry-map with a path needs kaniko 1.23.',
      'When a mirror does not answer, kaniko goes to the registry itself, unless ' +
        '--skip-default-registry-fallback is set.',
      ...unreachableNotes(target),
      ...accessNotes(target),
    ],
  }
}

function mirrorFlag({ name, component }: MirroredRegistry, target: ConnectionTarget): string {
  const location = `${imagePrefix(target)}/${component}`
  return name === 'docker.io' ? `--registry-mirror=${location}` : `--registry-map=${name}=${location}`
}
