export interface JobMistake {
  /** `services[0].command`. Empty: the whole payload. */
  readonly path: string
  /** Never holds a value of the job: it may be a secret. */
  readonly message: string
}

/** What was handed in is no job. Every mistake is told, not only the first. */
export class JobInvalid extends Error {
  override readonly name = 'JobInvalid'
  readonly code = 'JOB_INVALID'
  readonly mistakes: readonly JobMistake[]

  constructor(mistakes: readonly JobMistake[]) {
    const lines = mistakes.map(({ path, message }) =>
      path === '' ? `  ${message}` : `  ${path}: ${message}`,
    )
    super(['the job cannot be read:', ...lines].join('\n'))
    this.mistakes = mistakes
  }
}
