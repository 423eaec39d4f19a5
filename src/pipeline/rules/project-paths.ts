import type { Pattern } from '../expression/pattern.ts'
import { compileGlob } from '../glob/compile-glob.ts'
import type { ContextFiles } from '../pipeline-context.ts'

export interface ChangeFound {
  readonly holds: boolean
  /** Absent when it holds: there was nothing to compare with. */
  readonly path: string | undefined
}

/**
 * Answers what rules ask about paths. Jobs that share their rules share the answers, so a glob is compared with all
 * files once.
 */
export class ProjectPaths {
  readonly #files: ContextFiles
  readonly #globs = new Map<string, Pattern>()
  readonly #existing = new Map<string, string | undefined>()
  #directories: readonly string[] | undefined

  constructor(files: ContextFiles) {
    this.#files = files
  }

  /**
   * The first tracked file that a glob matches, or, when it ends in a slash, the first directory.
   * @throws ExpressionInvalid
   */
  find(glob: string): string | undefined {
    if (!this.#existing.has(glob)) {
      const isDirectory = glob.endsWith('/')
      const pattern = this.#compile(isDirectory ? glob.slice(0, -1) : glob)
      const paths = isDirectory ? this.#allDirectories() : this.#files.tracked
      const found = paths.find((path) => pattern.test(path))
      this.#existing.set(glob, found)
    }
    return this.#existing.get(glob)
  }

  /**
   * Whether one of the globs matches something that changed, and what.
   * @throws ExpressionInvalid
   */
  findChanged(globs: readonly string[], since: string | undefined): ChangeFound {
    const patterns = globs.map((glob) => this.#compile(glob))
    const changed = this.#files.changedSince(since)
    if (changed === undefined) return { holds: true, path: undefined }
    const path = changed.find((path) => patterns.some((pattern) => pattern.test(path)))
    return { holds: path !== undefined, path }
  }

  #compile(glob: string): Pattern {
    const pattern = this.#globs.get(glob) ?? compileGlob(glob)
    this.#globs.set(glob, pattern)
    return pattern
  }

  #allDirectories(): readonly string[] {
    this.#directories ??= [...new Set(this.#files.tracked.flatMap(directoriesOf))]
    return this.#directories
  }
}

function directoriesOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
