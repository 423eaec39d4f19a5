import { RE2JS } from 're2js'

/** Whether a path of `include:local` stands for several files. */
export function hasWildcard(path: string): boolean {
  return path.includes('*')
}

/** `*` is anything but a slash, `**` is anything: GitLab's own rule for includes. Takes linear time. */
export function matchWildcard(pattern: string, paths: readonly string[]): readonly string[] {
  const parts = pattern.split(/(\*\*|\*)/).map((part) => {
    if (part === '**') return '.*'
    return part === '*' ? '[^/]*' : RE2JS.quote(part)
  })
  const compiled = RE2JS.compile(parts.join(''))
  // Most files are elsewhere, which is told much sooner.
  const start = pattern.slice(0, pattern.indexOf('*'))
  return paths.filter((path) => path.startsWith(start) && compiled.matches(path)).toSorted()
}
