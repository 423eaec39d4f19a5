import { DEFAULT_GROUP } from '../../config/defaults.ts'
import {
  accessNotes,
  CHECK_IMAGE,
  type Connection,
  type ConnectionFile,
  type ConnectionTarget,
  imagePrefix,
  isOnThisMachine,
  isPlainHttp,
} from './target.ts'

/** Docker Engine: a mirror for Docker Hub, all that it has; other registries go by the prefix. */
export function connectDocker(target: ConnectionTarget): Connection {
  const { url, group, credential } = target
  if (credential !== undefined) return connectByLogin(target, credential.username)
  const prefix = imagePrefix(target)
  const settings = {
    'registry-mirrors': [group === DEFAULT_GROUP ? url.origin : `${url.protocol}//${prefix}`],
    ...insecureRegistries(target),
  }
  return {
    files: [settingsFile(settings)],
    commands: [RELOAD],
    check: `docker pull ${prefix}/${CHECK_IMAGE}`,
    notes: [
      'Names of Docker Hub images stay as they are. An engine has no mirrors for other registries: put the ' +
        `prefix in front, as in docker pull ${prefix}/ghcr.io/OWNER/IMAGE.`,
      'When a mirror does not answer, the engine asks Docker Hub and does not say so. `entrepot cache list` ' +
        'shows what came by way of the mirror.',
      ...(isInsecure(target)
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

const RELOAD = 'systemctl reload docker'

/** Docker offers a mirror the login of Docker Hub, and no other: who has to log in pulls by the prefix. */
function connectByLogin(target: ConnectionTarget, username: string): Connection {
  const insecure = insecureRegistries(target)
  const hasSettings = Object.keys(insecure).length > 0
  const prefix = imagePrefix(target)
  return {
    files: hasSettings ? [settingsFile(insecure)] : [],
    commands: [...(hasSettings ? [RELOAD] : []), `docker login --username ${username} ${target.url.host}`],
    check: `docker pull ${prefix}/${CHECK_IMAGE}`,
    notes: [
      'The password is the secret of a token: `entrepot token create` prints one. Any user name will do.',
      `Put the prefix in front of every image, as in docker pull ${prefix}/ghcr.io/OWNER/IMAGE. An engine sends a ` +
        'mirror no login that was made for it, so this is none.',
    ],
  }
}

/** Engines take plain HTTP from loopback addresses unasked. */
function insecureRegistries(target: ConnectionTarget): {
  readonly 'insecure-registries'?: readonly string[]
} {
  return isInsecure(target) ? { 'insecure-registries': [target.url.host] } : {}
}

function isInsecure(target: ConnectionTarget): boolean {
  return isPlainHttp(target) && !isOnThisMachine(target)
}

function settingsFile(settings: object): ConnectionFile {
  const text = `${JSON.stringify(settings, undefined, 2)}\n`
  return { path: '/etc/docker/daemon.json', text, kind: 'part' }
}
