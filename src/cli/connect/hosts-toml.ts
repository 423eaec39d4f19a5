import { DEFAULT_GROUP } from '../../config/defaults.ts'
import { type ConnectionFile, type ConnectionTarget, imagePrefix } from './target.ts'

export const HOSTS_DIRECTORY = '/etc/containerd/certs.d'

/**
 * hosts.toml for containerd, one for every registry, or one for each that is named. containerd says in each
 * request which registry it means (`?ns=`), so a path needs to say nothing but the group.
 */
export function hostsFiles(target: ConnectionTarget): ConnectionFile[] {
  const text = hostsToml(target)
  return (target.registries ?? ['_default']).map((registry) => {
    return { path: `${HOSTS_DIRECTORY}/${registry}/hosts.toml`, text, kind: 'whole' }
  })
}

function hostsToml(target: ConnectionTarget): string {
  const { url, group } = target
  const lines =
    group === DEFAULT_GROUP
      ? [`[host."${url.origin}"]`, '  capabilities = ["pull", "resolve"]']
      : [
          `[host."${url.origin}/v2/${group}/dependency_proxy/containers"]`,
          '  capabilities = ["pull", "resolve"]',
          '  override_path = true',
        ]
  return `${lines.join('\n')}\n`
}

export function hostsNotes(target: ConnectionTarget): string[] {
  return [
    target.registries === undefined
      ? `A registry that has a folder of its own in ${HOSTS_DIRECTORY} needs these lines there: _default is for the others.`
      : `A registry without a folder in ${HOSTS_DIRECTORY} is pulled from directly.`,
    'What is not cached here is answered with 404, and containerd goes to the registry itself.',
    `Or by name, without a change on the machine: ${imagePrefix(target)}/ghcr.io/OWNER/IMAGE.`,
  ]
}
