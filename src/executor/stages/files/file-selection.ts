import { posix } from 'node:path'
import { GlobSyntaxError } from '../../../oci/glob.ts'
import { compilePattern, isPattern } from './compile-pattern.ts'

/** In GitLab Runner's words. */
class OutsideProject extends Error {
  override readonly name = 'OutsideProject'
}

/** Which files of a project are meant; variables are put in already. */
export interface SelectionOrder {
  readonly projectDirectory: string
  /** Patterns and paths, relative to the project or absolute within it. A directory stands for all that is in it. */
  readonly paths: readonly string[]
  /** What is left out of them. A directory stands for itself only. */
  readonly exclude: readonly string[]
  /** Besides: by path, relative to the project. */
  readonly untracked: ReadonlySet<string>
}

/** What a selection says of one path. */
export interface Choice {
  readonly isSelected: boolean
  /** Those of `paths` that mean it, by index. */
  readonly byPaths: readonly number[]
  readonly isUntracked: boolean
  /** That of `exclude` which leaves it out, by index. */
  readonly byExclude: number | undefined
}

interface Rule {
  readonly index: number
  /** Relative to the project. */
  readonly path: string
  readonly matches: (path: string) => boolean
}

/** Chooses files by their paths, relative to the project and without a leading `./`. */
export class FileSelection {
  /**
   * The directories and files that have to be read to see everything that is meant, relative to the project; `` is
   * the project itself. None is within another.
   */
  readonly roots: readonly string[]
  /** What of the order is not followed, for the job's log. */
  readonly warnings: readonly string[]
  readonly #paths: readonly Rule[]
  readonly #exclude: readonly Rule[]
  readonly #untracked: ReadonlySet<string>

  constructor({ projectDirectory, paths, exclude, untracked }: SelectionOrder) {
    const warnings: string[] = []
    const read = (written: string, index: number, match: (path: string) => Rule['matches']) => {
      try {
        const path = pathInProject(written, projectDirectory)
        return [{ index, path, matches: match(path) }]
      } catch (error) {
        if (!(error instanceof OutsideProject || error instanceof GlobSyntaxError)) throw error
        warnings.push(error.message)
        return []
      }
    }
    this.#paths = paths.flatMap((written, index) => read(written, index, withContent))
    this.#exclude = exclude.flatMap((written, index) => read(written, index, exactly))
    this.#untracked = untracked
    this.warnings = warnings
    const firstFolders = [...untracked].map((path) => path.split('/', 1)[0] ?? '')
    this.roots = outermost([...this.#paths.map(({ path }) => literalStart(path)), ...firstFolders])
  }

  /** Whether one of `paths`, by index, is within the project; the others have a warning. */
  follows(index: number): boolean {
    return this.#paths.some((rule) => rule.index === index)
  }

  choose(path: string): Choice {
    const byPaths = this.#paths.filter(({ matches }) => matches(path)).map(({ index }) => index)
    const isUntracked = this.#untracked.has(path)
    if (byPaths.length === 0 && !isUntracked) return NOT_MEANT
    const byExclude = this.#exclude.find(({ matches }) => matches(path))?.index
    return { isSelected: byExclude === undefined, byPaths, isUntracked, byExclude }
  }
}

const NOT_MEANT: Choice = { isSelected: false, byPaths: [], isUntracked: false, byExclude: undefined }

function exactly(path: string): Rule['matches'] {
  return isPattern(path) ? compilePattern(path) : (other) => other === path
}

/** What matches, and everything that is in it. */
function withContent(path: string): Rule['matches'] {
  if (path === '') return () => true
  if (!isPattern(path)) return (other) => other === path || other.startsWith(`${path}/`)
  const matches = compilePattern(path)
  // Files come folder by folder: the last folder that was meant is that of the next file too.
  let folder: string | undefined
  return (other) => {
    if (folder !== undefined && other.startsWith(folder)) return true
    for (let end = other.length; end > 0; end = other.lastIndexOf('/', end - 1)) {
      const part = other.slice(0, end)
      if (!matches(part)) continue
      folder = `${part}/`
      return true
    }
    return false
  }
}

/** @throws OutsideProject */
function pathInProject(written: string, projectDirectory: string): string {
  if (written === '') throw new OutsideProject('No matching files. Path is empty.')
  const parts = written.split('/')
  const first = parts.findIndex(isPattern)
  const pattern = first < 0 ? [] : parts.slice(first)
  const literal = first < 0 ? written : `${parts.slice(0, first).join('/')}${first === 0 ? '.' : '/'}`
  const start = posix.relative(projectDirectory, posix.resolve(projectDirectory, literal))
  if (start === '..' || start.startsWith('../')) {
    throw new OutsideProject(`processPath: artifact path is not a subpath of project directory: ${written}`)
  }
  return [start, ...pattern].filter((part) => part !== '' && part !== '.').join('/')
}

function literalStart(path: string): string {
  const parts = path.split('/')
  const first = parts.findIndex(isPattern)
  return first < 0 ? path : parts.slice(0, first).join('/')
}

function outermost(paths: readonly string[]): readonly string[] {
  const all = [...new Set(paths)].sort()
  if (all.includes('')) return ['']
  const kept = new Set(all)
  return all.filter((path) => !foldersOf(path).some((folder) => kept.has(folder)))
}

/** `a/b/c`: `a`, `a/b`. */
export function foldersOf(path: string): readonly string[] {
  const folders: string[] = []
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at))
  return folders
}
