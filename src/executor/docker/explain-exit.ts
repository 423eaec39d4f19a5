/** What is known of a container that ended. */
export interface ContainerEnd {
  readonly exitCode: number
  readonly isOomKilled: boolean
  /** Absent: no limit was set. */
  readonly memoryLimitBytes: number | undefined
  /** `linux/arm64`, of the image and of the engine. */
  readonly imagePlatform: string
  readonly enginePlatform: string
  /** Of all that it wrote. */
  readonly outputBytes: number
}

const KILLED = 128 + 9
/** What a program of another processor says before it ends is one line. */
const MOSTLY_SILENT_BYTES = 512

/** What to tell of an exit code beyond its number; undefined when the script's own output says it. */
export function explainExit(end: ContainerEnd): string | undefined {
  const { exitCode, imagePlatform, enginePlatform } = end
  if (end.isOomKilled) return outOfMemory(end.memoryLimitBytes)
  if (exitCode === KILLED) {
    return 'killed by signal 9 (SIGKILL), though not for a memory limit of its own: by the script itself, by somebody on this host, or because the host ran out of memory'
  }
  if (exitCode !== 0 && imagePlatform !== enginePlatform && end.outputBytes < MOSTLY_SILENT_BYTES) {
    return `exec format error: the image is for ${imagePlatform}, and this engine runs ${enginePlatform}`
  }
  return undefined
}

function outOfMemory(limitBytes: number | undefined): string {
  if (limitBytes === undefined)
    return 'killed because the host ran out of memory; the job has no limit of its own'
  const limit = `${Math.round(limitBytes / 1024 / 1024)} MiB`
  return `killed because it used more memory than its limit of ${limit} (memory in [runners.docker])`
}

/** Why a container did not start at all, for the engine says only what the kernel said. */
export function explainNoStart(
  said: string,
  image: string,
  entrypoint: readonly string[],
  command: readonly string[],
): string {
  const ran = JSON.stringify([...entrypoint, ...command].map((word) => word.slice(0, 40)))
  return [
    `the container of image "${image}" did not start: ${said}`,
    `It was to run ${ran}.`,
    'The image needs a shell, and an entrypoint that runs its arguments or none (entrypoint: [""]).',
  ].join('\n')
}
