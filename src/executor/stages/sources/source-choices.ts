import { JobFailure } from '../../failure.ts'
import { MAX_ATTEMPTS } from '../../job/attempts.ts'
import { isFeatureOn } from '../../job/feature-flags.ts'
import { type GitStrategy, gitStrategy, isGitStrategy } from '../../job/git-strategy.ts'
import { isGoFalse, isGoTrue } from '../../job/go-bool.ts'
import type { Job } from '../../job/job.ts'
import type { JobVariables } from '../../job/job-variables.ts'

/** How a job wants its sources, as its variables say it. */
export interface SourceChoices {
  readonly strategy: GitStrategy
  /** 0: the whole history. */
  readonly depth: number
  /** Whether the commit's files are put in place. */
  readonly isCheckedOut: boolean
  /** Of `git clean`. Empty: nothing is cleaned. */
  readonly cleanFlags: readonly string[]
  readonly fetchFlags: readonly string[]
  /** By `git clone`; otherwise the repository is begun empty, and fetched into. */
  readonly isCloned: boolean
  /** Of `git clone`. */
  readonly cloneFlags: readonly string[]
  /** Absent: submodules are left alone. */
  readonly submodules: SubmoduleChoices | undefined
  /** Files kept by git-lfs stay pointers. */
  readonly skipsLfs: boolean
  /** How often it is tried. */
  readonly attempts: number
  /** About values that mean nothing. */
  readonly warnings: readonly string[]
}

export interface SubmoduleChoices {
  readonly isRecursive: boolean
  readonly depth: number
  /** Pathspecs; empty: all of them. */
  readonly paths: readonly string[]
  readonly updateFlags: readonly string[]
  /** Those named by SSH are fetched by HTTP, with the job's login. */
  readonly isHttpForced: boolean
}

type Asked = Pick<Job, 'allowGitFetch'> & { readonly git: Pick<Job['git'], 'depth' | 'repoUrl'> }

/**
 * @param featureFlags of the runner
 * @throws JobFailure `runner_configuration_error` where no meaning of a value would be the safe one
 */
export function readSourceChoices(
  job: Asked,
  variables: JobVariables,
  featureFlags: ReadonlyMap<string, boolean>,
): SourceChoices {
  const reader = new VariableReader(variables)
  const strategy = reader.strategy(job)
  // Servers send the depth; of those that do not, the variable is all there is.
  const depth = job.git.depth > 0 ? job.git.depth : reader.count('GIT_DEPTH', 0)
  const isFetched = strategy === 'fetch' || strategy === 'clone'
  const isCloned = strategy === 'clone' && isFeatureOn('FF_USE_GIT_NATIVE_CLONE', featureFlags, variables)
  const cloneFlags = reader.words('GIT_CLONE_EXTRA_FLAGS', [])
  if (isFetched && !isCloned && cloneFlags.length > 0) {
    const needed = 'GIT_STRATEGY "clone" and FF_USE_GIT_NATIVE_CLONE "true"'
    reader.warn(
      `GIT_CLONE_EXTRA_FLAGS has no effect without ${needed}; of git fetch are GIT_FETCH_EXTRA_FLAGS`,
    )
  }
  return {
    strategy,
    depth,
    isCheckedOut: isFetched && reader.flag('GIT_CHECKOUT', true),
    cleanFlags: reader.words('GIT_CLEAN_FLAGS', ['-ffdx']),
    fetchFlags: reader.words('GIT_FETCH_EXTRA_FLAGS', ['--prune', '--quiet']),
    isCloned,
    cloneFlags,
    submodules: isFetched ? submoduleChoices(reader, depth) : undefined,
    skipsLfs: reader.flag('GIT_LFS_SKIP_SMUDGE', false),
    attempts: reader.attempts('GET_SOURCES_ATTEMPTS'),
    warnings: reader.warnings,
  }
}

function submoduleChoices(reader: VariableReader, depth: number): SubmoduleChoices | undefined {
  const strategy = reader.text('GIT_SUBMODULE_STRATEGY') || 'none'
  if (strategy === 'none') return undefined
  if (strategy !== 'normal' && strategy !== 'recursive') {
    throw misconfigured(
      'GIT_SUBMODULE_STRATEGY',
      `expected 'normal', 'recursive' or 'none', got "${strategy}"`,
    )
  }
  const paths = reader.words('GIT_SUBMODULE_PATHS', [])
  if (paths.includes(':(exclude)')) {
    throw misconfigured('GIT_SUBMODULE_PATHS', 'a space after ":(exclude)" leaves nothing to exclude')
  }
  return {
    isRecursive: strategy === 'recursive',
    depth: reader.count('GIT_SUBMODULE_DEPTH', depth),
    paths,
    updateFlags: reader.words('GIT_SUBMODULE_UPDATE_FLAGS', []),
    isHttpForced: reader.flag('GIT_SUBMODULE_FORCE_HTTPS', false),
  }
}

/** Reads values as GitLab Runner does: what means nothing is as if it was not there, and is told. */
class VariableReader {
  readonly #variables: JobVariables
  readonly #warnings: string[] = []

  constructor(variables: JobVariables) {
    this.#variables = variables
  }

  get warnings(): readonly string[] {
    return this.#warnings
  }

  warn(text: string): void {
    this.#warnings.push(text)
  }

  text(name: string): string {
    return this.#variables.get(name) ?? ''
  }

  strategy(job: Asked): GitStrategy {
    const written = this.text('GIT_STRATEGY')
    const strategy = gitStrategy(job, written)
    if (written !== '' && !isGitStrategy(written)) {
      this.#tell('GIT_STRATEGY', `expected either 'clone', 'fetch', 'none' or 'empty'`, strategy)
    }
    return strategy
  }

  flag(name: string, otherwise: boolean): boolean {
    const written = this.text(name)
    if (isGoTrue(written)) return true
    if (isGoFalse(written)) return false
    if (written !== '') this.#tell(name, 'expected bool', otherwise)
    return otherwise
  }

  /** Not negative. */
  count(name: string, otherwise: number): number {
    const written = this.text(name)
    if (/^\d{1,9}$/.test(written)) return Number(written)
    if (written !== '') this.#tell(name, 'expected a number that is not negative', otherwise)
    return otherwise
  }

  attempts(name: string): number {
    const wanted = this.count(name, 1)
    const attempts = Math.min(Math.max(wanted, 1), MAX_ATTEMPTS)
    if (attempts !== wanted) {
      this.warn(`${name}: number of attempts out of the range [1, ${MAX_ATTEMPTS}], clamping to: ${attempts}`)
    }
    return attempts
  }

  /** `none` is no words at all. */
  words(name: string, otherwise: readonly string[]): readonly string[] {
    const written = this.text(name)
    if (written === '') return otherwise
    return written === 'none' ? [] : written.split(/\s+/).filter((word) => word !== '')
  }

  #tell(name: string, expected: string, used: string | number | boolean): void {
    this.warn(`${name}: ${expected} got "${this.text(name)}", using default value: ${used}`)
  }
}

function misconfigured(name: string, told: string): JobFailure {
  return new JobFailure('runner_configuration_error', `${name}: ${told}`)
}
