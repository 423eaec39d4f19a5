/** What a job may ask of an executor, by executor. Those of other executors are known, and without effect here. */
const SUPPORTED: Readonly<Record<string, readonly string[]>> = {
  docker: ['platform', 'user'],
  kubernetes: ['user'],
}

export interface ExecutorOptions {
  readonly platform: string | undefined
  readonly user: string | undefined
  /** Sentences about what is unknown, in GitLab Runner's words. */
  readonly unsupported: readonly string[]
}

/**
 * Reads `executor_opts` of an image or a service.
 * @param kind `image` or `service`, for the sentences
 */
export function readExecutorOptions(
  options: Readonly<Record<string, Readonly<Record<string, unknown>> | null | undefined>>,
  kind: 'image' | 'service',
): ExecutorOptions {
  const sentence = (unknown: readonly string[], whose: string, known: readonly string[]) =>
    `Unsupported "${kind}" options [${unknown.join(' ')}] for "${whose}"; supported options are [${known.join(' ')}]`
  const strangers = Object.keys(options).filter((executor) => !Object.hasOwn(SUPPORTED, executor))
  const unsupported =
    strangers.length === 0 ? [] : [sentence(strangers, 'executor_opts', Object.keys(SUPPORTED))]
  for (const [executor, known] of Object.entries(SUPPORTED)) {
    const unknown = Object.keys(options[executor] ?? {}).filter((key) => !known.includes(key))
    if (unknown.length > 0) unsupported.push(sentence(unknown, `${executor} executor`, known))
  }
  return { platform: option(options.docker?.platform), user: option(options.docker?.user), unsupported }
}

/** A user may be written as a number. */
function option(value: unknown): string | undefined {
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? String(value) : undefined
}
