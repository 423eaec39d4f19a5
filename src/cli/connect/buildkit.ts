import {
  accessNotes,
  CHECK_IMAGE,
  type Connection,
  type ConnectionTarget,
  imagePrefix,
  isOnThisMachine,
  isPlainHttp,
  mirroredRegistries,
  unreachableNotes,
} from './target.ts'

const PATH = '/etc/buildkit/buildkitd.toml'

/** A BuildKit of its own. The one inside Docker Engine has the engine's mirrors. */
export function connectBuildkit(target: ConnectionTarget): Connection {
  const prefix = imagePrefix(target)
  const mirrors = mirroredRegistries(target).map(({ name, component }) => {
    return `[registry."${name}"]\n  mirrors = ["${prefix}/${component}"]\n`
  })
  const own = isPlainHttp(target) ? [`[registry."${target.url.host}"]\n  http = true\n`] : []
  const network = isOnThisMachine(target) ? ' --driver-opt network=host' : ''
  return {
    files: [{ path: PATH, text: [...mirrors, ...own].join('\n'), kind: 'part' }],
    commands: [`docker buildx create --name entrepot --config ${PATH}${network} --use`],
    check: `echo 'FROM docker.io/${CHECK_IMAGE}' | docker buildx build --pull --no-cache -`,
    notes: [
      'The command makes a builder in a container. A buildkitd that runs as a service reads the file when it starts.',
      'docker build without such a builder uses the mirrors of the engine: see `entrepot connect docker`.',
      'When a mirror does not answer, BuildKit goes to the registry itself.',
      ...unreachableNotes(target),
      ...accessNotes(target),
    ],
  }
}
