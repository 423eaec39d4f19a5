import { InvalidArgumentError } from 'commander'
import { readHttpUrl } from '../config/http-url.ts'
import { groupPathMistake } from '../config/names.ts'
import { parseNetwork } from '../config/network.ts'
import { parseDuration } from '../duration.ts'
import { compileGlob, GlobSyntaxError } from '../oci/glob.ts'
import { ControlError } from '../server/control/errors.ts'

/** Group paths are compared without regard to case. */
export function readGroup(text: string): string {
  const group = text.toLowerCase()
  const mistake = groupPathMistake(group)
  if (mistake !== undefined) throw new InvalidArgumentError(`${mistake}.`)
  return group
}

export function collectGroups(text: string, previous: readonly string[] = []): string[] {
  return [...previous, readGroup(text)]
}

export function collectGlobs(text: string, previous: readonly string[] = []): string[] {
  try {
    compileGlob(text)
  } catch (error) {
    if (error instanceof GlobSyntaxError) throw new InvalidArgumentError(`${error.message}.`)
    throw error
  }
  return [...previous, text]
}

export function collectNetworks(text: string, previous: readonly string[] = []): string[] {
  if (text === 'none') return [...previous]
  const network = parseNetwork(text)
  if (network !== undefined) return [...previous, network]
  throw new InvalidArgumentError('expected a network such as 10.0.0.0/8, 192.0.2.7 or fd00::/8, or none.')
}

/** Stays text: who makes the credential counts from then. */
export function readTtl(text: string): string {
  if ((parseDuration(text) ?? 0) > 0) return text
  throw new InvalidArgumentError('expected a duration such as 15m, 1h or 90d.')
}

/** Where clients reach the server. */
export function readUrl(text: string): URL {
  const reading = readHttpUrl(text, { path: false })
  if ('mistake' in reading) throw new InvalidArgumentError(`${reading.mistake}.`)
  return reading.url
}

/**
 * The id of a credential. Whoever gives a secret instead is not shown it again.
 * @throws ControlError invalid
 */
export function demandId(text: string): string {
  if (/^[0-9A-Za-z]{12}$/.test(text)) return text
  throw new ControlError(
    'invalid',
    'expected the id of a credential: the 12 characters that the list shows, never the secret',
  )
}
