/** Where an engine in a container finds the cache. Each is `HOST:PORT`. */
export interface DindMirror {
  /** Of the mirror. */
  readonly address: string
  /** What else of the cache speaks plain HTTP, and may be named in images. */
  readonly others: readonly string[]
}

/** The official image's way to the engine, and the engine itself. Both hand options on. */
const PROGRAMS = new Set(['dockerd-entrypoint.sh', 'dockerd'])

/**
 * What is appended to the command of a container so that its engine pulls through the cache.
 * @param command the whole command line of the container, entrypoint first
 * @returns or why nothing is, in a few words
 */
export function dindArguments(
  command: readonly string[],
  { address, others }: DindMirror,
): readonly string[] | string {
  const names = command.map((word) => word.slice(word.lastIndexOf('/') + 1))
  // What stands behind a script is the script's, and the engine never sees it.
  if (!names.some((name) => PROGRAMS.has(name)) || command.includes('-c')) return 'its command is not dockerd'
  if (command.some((word) => /^--registry-mirror(=|$)/.test(word))) return 'its command names a mirror'
  const insecure = [...new Set([address, ...others])].map((each) => `--insecure-registry=${each}`)
  return [`--registry-mirror=http://${address}`, ...insecure]
}
