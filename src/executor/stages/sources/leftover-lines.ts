import { quote } from '../../script/quote.ts'

/** What git leaves when it is killed, and then waits for. */
const LOCKS = ['index.lock', 'shallow.lock', 'HEAD.lock', 'config.lock']
/** What says to git which programs it starts, or where else to read that. */
const SETTINGS = ['config', 'config.worktree', 'commondir']

/**
 * Lines that make the repository of an earlier job one that git may be run in, at the top of the project directory:
 * the job may have changed anything in it, and git, as root, would start what it is told to there.
 */
export function leftoverLines({ hasSubmodules }: { readonly hasSubmodules: boolean }): readonly string[] {
  return [
    // A file or a link there names another directory.
    'if [ -L .git ] || [ ! -d .git ]; then rm -rf .git; fi',
    `rm -f ${[...LOCKS, ...SETTINGS].map((name) => `.git/${name}`).join(' ')}`,
    'rm -rf .git/hooks',
    "if [ -d .git/refs ]; then find .git/refs -name '*.lock' -exec rm -f {} +; fi",
    ...(hasSubmodules ? SUBMODULES : []),
  ]
}

const SUBMODULES = [
  'if [ -d .git/modules ]; then',
  `find .git/modules ! -type d ${anyOf([...LOCKS, ...SETTINGS])} -exec rm -f {} +`,
  'find .git/modules -name hooks -prune -exec rm -rf {} +',
  'fi',
  // They say where a submodule's settings are; git writes them anew.
  'find . -path ./.git -prune -o -name .git -prune -exec rm -rf {} +',
]

function anyOf(names: readonly string[]): string {
  return `\\( ${names.map((name) => `-name ${quote(name)}`).join(' -o ')} \\)`
}

/** Lines that take away all that is in the project directory. The directory itself may be a volume. */
export function emptyLines(projectDirectory: string): readonly string[] {
  const path = quote(projectDirectory)
  return [`mkdir -p ${path}`, `find ${path} -mindepth 1 -maxdepth 1 -exec rm -rf {} +`]
}
