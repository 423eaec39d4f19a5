import { createHash } from 'node:crypto'

/** A label of DNS. */
const MAX_LENGTH = 63

/** Kubernetes and OpenShift take no more of an environment. */
const MAX_ENVIRONMENT_LENGTH = 24

/** What CI_COMMIT_REF_SLUG and its like hold: fit for host names. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .slice(0, MAX_LENGTH)
    .replace(/^-+|-+$/g, '')
}

/** What CI_ENVIRONMENT_SLUG holds. One that had to be changed ends in something of its own: names stay apart. */
export function environmentSlug(name: string): string {
  const letters = name.toLowerCase().replace(/[^a-z0-9]/g, '-')
  const started = /^[a-z]/.test(letters) ? letters : `env-${letters}`
  const squeezed = started.replace(/-+/g, '-')
  if (squeezed.length <= MAX_ENVIRONMENT_LENGTH && squeezed === name) return squeezed.replace(/-$/, '')
  const short = squeezed.slice(0, 17)
  return `${short.endsWith('-') ? short : `${short}-`}${suffix(name)}`
}

function suffix(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex')
  return BigInt(`0x${digest}`).toString(36).slice(-6)
}
