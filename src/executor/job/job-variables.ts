import { expand } from './expand.ts'
import type { JobVariable } from './job.ts'

/** Where the files of file variables are; scripts and expansion say it alike. */
export const TEMPORARY_DIRECTORY = 'RUNNER_TEMP_PROJECT_DIR'

/** The variables of a job, expanded. Of several with one name the last counts. */
export class JobVariables {
  readonly #byKey: ReadonlyMap<string, JobVariable>
  readonly #masked: readonly string[]

  /** @param variables not expanded, later ones win */
  constructor(variables: readonly JobVariable[]) {
    const written = new Map(variables.map((variable) => [variable.key, variable]))
    const lookUp = (name: string) => valueInJob(written, name)
    const expanded = variables.map((variable) =>
      variable.isRaw ? variable : { ...variable, value: expand(variable.value, lookUp) },
    )
    this.#byKey = new Map(expanded.map((variable) => [variable.key, variable]))
    this.#masked = [...variables, ...expanded].filter(({ isMasked }) => isMasked).map(({ value }) => value)
  }

  /** Expanded, each name once. A file variable's value is its content. */
  get all(): readonly JobVariable[] {
    return [...this.#byKey.values()]
  }

  /** What the job sees: of a file variable the path. */
  get(name: string): string | undefined {
    return valueInJob(this.#byKey, name)
  }

  /** The value itself, also of a file variable: DOCKER_AUTH_CONFIG may be one. */
  getContent(name: string): string | undefined {
    return this.#byKey.get(name)?.value
  }

  /** Names of images, aliases, keys: with these variables put in. */
  expand(text: string): string {
    return expand(text, (name) => this.get(name))
  }

  /** As the environment of a process of the job: `NAME=value`. */
  get environment(): readonly string[] {
    return this.all.map(({ key }) => `${key}=${this.get(key) ?? ''}`)
  }

  /**
   * The environment of a service: the public variables and its own. Its own may name any variable of the job: that
   * is how an author hands a secret to a service.
   */
  serviceEnvironment(own: readonly JobVariable[]): readonly string[] {
    const shared = this.all
      .filter(({ isPublic }) => isPublic)
      .map(({ key }) => [key, this.get(key) ?? ''] as const)
    const values = own.map(({ key, value, isRaw }) => [key, isRaw ? value : this.expand(value)] as const)
    return [...new Map([...shared, ...values])].map(([key, value]) => `${key}=${value}`)
  }

  /**
   * What must not be read in a log: the masked values, also those of variables that a later one hides, as written and
   * expanded. Those of several lines also line by line: shells and programs show them so.
   */
  get maskedValues(): readonly string[] {
    return [...new Set(this.#masked.flatMap((value) => [value, ...longLines(value)]))].filter(
      (value) => value !== '',
    )
  }
}

/** Shorter ones are words that stand in a log for themselves. */
const SHORTEST_LINE = 8

/** None of a value of one line. */
function longLines(value: string): readonly string[] {
  const lines = value.split(/\r?\n/)
  return lines.length === 1 ? [] : lines.filter(({ length }) => length >= SHORTEST_LINE)
}

function valueInJob(variables: ReadonlyMap<string, JobVariable>, name: string): string | undefined {
  const variable = variables.get(name)
  if (!variable?.isFile) return variable?.value
  return `${variables.get(TEMPORARY_DIRECTORY)?.value ?? ''}/${name}`
}
