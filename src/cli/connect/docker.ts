import { DEFAULT_GROUP } from '../../config/defaults.ts'
import {
  accessNotes,
  CHECK_IMAGE,
  type Connection,
  type ConnectionTarget,
  imagePrefix,
  isOnThisMachine,
  isPlainHttp,
} from './target.ts'

/** Docker Engine: a mirror for Docker Hub, all that it has; other registries go by the prefix. */
export function connectDocker(target: ConnectionTarget): Connection {
  const { url, group, credential } = target
  const prefix = imagePrefix(target)
  // Engines take plain HTTP from loopback addresses unasked.
  const isInsecure = isPlainHttp(target) && !isOnThisMachine(target)
  const settings = {
    'registry-mirrors': [group === DEFAULT_GROUP ? url.origin : `${url.protocol}//${prefix}`],
    ...(isInsecure ? { 'insecure-registries': [url.host] } : {}),
  }
  return {
    files: [
      { path: '/etc/docker/daemon.json', text: `${JSON.stringify(settings, undefined, 2)}\n`, kind: 'part' },
    ],
    commands: [
      'systemctl reload docker',
      ...(credential === undefined ? [] : [`docker login --username ${credential.username} ${url.host}`]),
    ],
    check: `docker pull ${prefix}/${CHECK_IMAGE}`,
    notes: [
      'Names of Docker Hub images stay as they are. An engine has no mirrors for other registries: put the ' +
        `prefix in front, as in docker pull ${prefix}/ghcr.io/OWNER/IMAGE.`,
      'When a mirror does not answer, the engine asks Docker Hub and does not say so. `entrepot cache list` ' +
        'shows what came by way of the mirror.',
      ...(isInsecure
        ? [
            `For builds with the BuildKit of Docker Engine 20.10, write "${url.origin}" in insecure-registries: it ` +
              'speaks HTTPS to all others.',
          ]
        : []),
      ...(group === DEFAULT_GROUP
        ? []
        : ['A mirror with a path needs Docker Engine 25 or newer. Older ones do not start with it.']),
      ...accessNotes(target),
    ],
  }
}
