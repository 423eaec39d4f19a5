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
  'if [ -L .git/modules ]; then rm -f .git/modules; fi',
  'if [ -d .git/modules ]; then',
  `find .git/modules ! -type d ${anyOf([...LOCKS, ...SETTINGS])} -exec rm -f {} +`,
  'find .git/modules -name hooks -prune -exec rm -rf {} +',
  'fi',
]

/**
 * Of each `.git` in the project: what is no submodule's is the job's own affair, git is not run there. A submodule
 * says in a file where its repository is, and that has to be one of those that were cleaned.
 */
const CHECK_SUBMODULE = `
directory=\${2%/*}
entry=$(GIT_LITERAL_PATHSPECS=1 git ls-files --stage -- "$directory" 2> /dev/null) || entry='160000 in a submodule'
case $entry in 160000*) ;; *) exit 0 ;; esac
if [ -f "$2" ] && [ ! -L "$2" ] && read -r key path < "$2" && [ "$key" = gitdir: ]; then
  repository=$(cd "$directory" && cd -P "$path" && pwd -P) 2> /dev/null || repository=
  case $repository in "$1"/.git/modules/*) exit 0 ;; esac
fi
rm -rf "$2"`.trim()

/** The line that takes submodules' files off repositories that are elsewhere, once the commit is checked out. */
export function disconnectLine(): string {
  const check = `-exec sh -c ${quote(CHECK_SUBMODULE)} sh "$(pwd -P)" {} \\;`
  return `find . -path ./.git -prune -o -name .git -prune ${check}`
}

function anyOf(names: readonly string[]): string {
  return `\\( ${names.map((name) => `-name ${quote(name)}`).join(' -o ')} \\)`
}

/** Lines that take away all that is in the project directory. The directory itself may be a volume. */
export function emptyLines(projectDirectory: string): readonly string[] {
  const path = quote(projectDirectory)
  return [`mkdir -p ${path}`, `find ${path} -mindepth 1 -maxdepth 1 -exec rm -rf {} +`]
}
