import { compileGlob } from '../../oci/glob.ts'

/** Whether a path of `include:local` stands for several files. */
export function hasWildcard(path: string): boolean {
  return path.includes('*')
}

/** `*` is anything but a slash, `**` is anything, and nothing else has a meaning: GitLab's own rule for includes. */
export function matchWildcard(pattern: string, paths: readonly string[]): readonly string[] {
  const matches = compileGlob(pattern.replace(/[?[]/g, '[$&]'))
  // Most files are elsewhere, which is told much sooner.
  const start = pattern.slice(0, pattern.indexOf('*'))
  return paths.filter((path) => path.startsWith(start) && matches(path)).toSorted()
}
