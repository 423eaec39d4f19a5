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
export function mirrorArguments(
  command: readonly string[],
  { address, others }: DindMirror,
): readonly string[] | string {
  if (!startsEngine(command)) return 'its command is not dockerd'
  if (names(command, 'registry-mirror')) return 'its command names a mirror'
  const insecure = [...new Set([address, ...others])].map((each) => `--insecure-registry=${each}`)
  return [`--registry-mirror=http://${address}`, ...insecure]
}

/**
 * What is appended so that the networks inside carry no more than the one that the engine is in: larger packets get
 * lost there without a word.
 * @param command as above
 * @param mtu in bytes
 */
export function mtuArguments(command: readonly string[], mtu: number): readonly string[] {
  return startsEngine(command) && !names(command, 'mtu') ? [`--mtu=${mtu}`] : []
}

/** What stands behind a script is the script's, and the engine never sees it. */
function startsEngine(command: readonly string[]): boolean {
  const programs = command.map((word) => word.slice(word.lastIndexOf('/') + 1))
  return programs.some((name) => PROGRAMS.has(name)) && !command.includes('-c')
}

function names(command: readonly string[], option: string): boolean {
  return command.some((word) => word === `--${option}` || word.startsWith(`--${option}=`))
}
