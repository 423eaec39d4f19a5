import { compileGlob } from '../../oci/glob.ts'

/** A list of `[runners.docker]`, and what it is called there. */
export interface AllowedList {
  readonly kind: 'image' | 'service'
  readonly patterns: readonly string[]
}

/**
 * Whether a job may use an image. No pattern: every image. `!pattern` takes away what others allow, wherever it
 * stands in the list, and is held also against the canonical name: whoever forbids `docker.io/library/kali*` means
 * `kali` too. A list of such alone allows the rest.
 * @param canonical `docker.io/library/kali:latest`
 * @returns why not, in GitLab Runner's words
 */
export function refuseImage(name: string, canonical: string, list: AllowedList): string | undefined {
  const { kind, patterns } = list
  if (patterns.length === 0) return undefined
  const denied = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1))
  const allowed = patterns.filter((pattern) => !pattern.startsWith('!'))
  const isDenied = denied.map(compileGlob).some((matches) => matches(name) || matches(canonical))
  const isAllowed = allowed.length === 0 || allowed.map(compileGlob).some((matches) => matches(name))
  if (isAllowed && !isDenied) return undefined
  return [
    `The "${name}" ${kind} is not present on list of allowed ${kind}s:`,
    ...patterns.map((pattern) => `- ${pattern}`),
    '',
    `Please check runner's allowed_${kind}s configuration`,
  ].join('\n')
}
