import { quote } from './quote.ts'

/**
 * What a shell is given on its standard input for one stage. The body runs in a subshell: what it does to the shell
 * ends with it, and its commands find nothing on their input, where the rest of this script is. The shell of a
 * container is its first process, for which TERM does nothing unless it is trapped.
 * @param body reads nothing, may do anything
 */
export function frame(body: string): string {
  return [
    "trap 'exit 1' TERM",
    // Asked in a subshell: a shell that does not know the option ends over it.
    'if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi',
    'set -o errexit',
    'set +o noclobber',
    `(eval ${quote(body)}) </dev/null`,
    'exit 0',
    '',
  ].join('\n')
}
