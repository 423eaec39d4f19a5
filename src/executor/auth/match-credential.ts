import type { CredentialEntry } from './registry-login.ts'
import { hostOfPath, pathOfImage, pathsAbove, splitPort } from './registry-path.ts'

/**
 * The login for an image: of the entries that cover it the one with the longest path, whatever source it is from;
 * of equal ones the first. Undefined: the image is pulled as nobody.
 */
export function matchCredential(
  entries: readonly CredentialEntry[],
  image: string,
): CredentialEntry | undefined {
  for (const path of pathsAbove(pathOfImage(image))) {
    const entry = entries.find((candidate) => candidate.path === path)
    if (entry !== undefined) return entry
  }
  return undefined
}

/** What is wrong with a key that almost covers an image. Undefined: it is for something else altogether. */
export function nearMiss(entry: CredentialEntry, image: string): string | undefined {
  const path = pathOfImage(image)
  const [host, ownHost] = [hostOfPath(path), hostOfPath(entry.path)]
  if (host !== ownHost) return portTrouble(entry, host, ownHost)
  if (pathsAbove(path).includes(entry.path)) return undefined
  return `the key "${entry.key}" covers only images below ${entry.path}/: write "${host}" to cover the whole registry`
}

function portTrouble(entry: CredentialEntry, host: string, ownHost: string): string | undefined {
  const [wanted, own] = [splitPort(host), splitPort(ownHost)]
  if (wanted.name !== own.name) return undefined
  const said =
    own.port === undefined
      ? 'has no port, and the image names one'
      : wanted.port === undefined
        ? `has port ${own.port}, and the image names none`
        : `has port ${own.port}, and the image names ${wanted.port}`
  const same = [own.port, wanted.port].every((port) => port === undefined || port === '443')
  const reason = same ? ' (also :443 has to be written in both or in neither)' : ''
  return `the key "${entry.key}" ${said}${reason}: write "${host}"`
}
