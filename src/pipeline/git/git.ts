import { execFile, execFileSync } from 'node:child_process'

/** Long enough for the list of a large work tree on a cold disk. */
const DEADLINE_MS = 60_000
/** Paths of a million files. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024

/** What git sets for its hooks: it would lead to another repository than the one that is asked for. */
const REPOSITORY_VARIABLES = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_CONFIG',
  'GIT_CONFIG_PARAMETERS',
  'GIT_CONFIG_COUNT',
  'GIT_OBJECT_DIRECTORY',
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_GRAFT_FILE',
  'GIT_INDEX_FILE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_REPLACE_REF_BASE',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_COMMON_DIR',
] as const

export interface GitPlace {
  readonly directory: string
  /** Of the user: git looks for their settings there, and for itself in its PATH. */
  readonly env: NodeJS.ProcessEnv
}

/**
 * - `MISSING`    there is no git on this machine
 * - `NO_PROJECT` the directory is in no work tree
 * - `FAILED`     git refused, or took too long
 */
export type GitErrorCode = 'MISSING' | 'NO_PROJECT' | 'FAILED'

export class GitError extends Error {
  override readonly name = 'GitError'
  readonly code: GitErrorCode

  constructor(code: GitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The git of this machine, in one directory. Nothing that is asked here changes a repository, its index included. */
export class Git {
  readonly #directory: string
  readonly #env: NodeJS.ProcessEnv

  constructor({ directory, env }: GitPlace) {
    this.#directory = directory
    this.#env = {
      ...Object.fromEntries(Object.entries(env).filter(([name]) => !isOfRepository(name))),
      // Looking at the state of files would write the index.
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
    }
  }

  in(directory: string): Git {
    return new Git({ directory, env: this.#env })
  }

  /**
   * What git says, without the end of its last line.
   * @throws GitError; the signal's reason
   */
  run(args: readonly string[], signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile('git', args, { ...this.#options(), ...(signal && { signal }) }, (error, out, complaint) => {
        if (signal?.aborted) return reject(signal.reason)
        return error === null
          ? resolve(out.replace(/\n$/, ''))
          : reject(this.#explain(args, error, complaint))
      })
    })
  }

  /** What git says; undefined when it says no: there is nothing of that name. */
  async find(args: readonly string[]): Promise<string | undefined> {
    try {
      return await this.run(args)
    } catch (error) {
      if (error instanceof GitError && error.code === 'FAILED') return undefined
      throw error
    }
  }

  /** As `find`, for what is asked in the middle of a decision. */
  findNow(args: readonly string[]): string | undefined {
    try {
      const out = execFileSync('git', args, { ...this.#options(), stdio: ['ignore', 'pipe', 'ignore'] })
      return out.replace(/\n$/, '')
    } catch {
      return undefined
    }
  }

  #options() {
    return {
      cwd: this.#directory,
      env: this.#env,
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL' as const,
      maxBuffer: MAX_OUTPUT_BYTES,
      encoding: 'utf8' as const,
    }
  }

  #explain(
    args: readonly string[],
    error: Error & { code?: unknown; killed?: boolean },
    complaint: string,
  ): GitError {
    const asked = `git ${args.find((arg) => !arg.startsWith('-')) ?? ''}`
    if (error.code === 'ENOENT') {
      const message = `git is not in PATH, or ${this.#directory} is not there: a pipeline is about a git repository`
      return new GitError('MISSING', message, { cause: error })
    }
    if (error.killed === true) return new GitError('FAILED', `${asked} took longer than ${DEADLINE_MS} ms`)
    // Its first line says it; what follows is advice.
    const [said = ''] = complaint.trim().split('\n')
    return new GitError('FAILED', `${asked} in ${this.#directory} failed: ${said}`)
  }
}

function isOfRepository(name: string): boolean {
  return REPOSITORY_VARIABLES.some((variable) => variable === name) || /^GIT_CONFIG_(KEY|VALUE)_/.test(name)
}

/** The items of git's `-z`. */
export function splitNul(text: string): readonly string[] {
  return text.split('\0').filter((item) => item !== '')
}
