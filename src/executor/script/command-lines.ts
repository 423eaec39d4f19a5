import { notice } from './notice.ts'
import { quote } from './quote.ts'
import type { ScriptStyle } from './script-style.ts'

export type CommandStyle = Pick<ScriptStyle, 'hasSections' | 'checksExitCodes'>

/** For commands that fail where errexit says nothing: before `&&`, in the shell of a function that is a condition. */
const CHECK = '_runner_exit_code=$?; if [ "$_runner_exit_code" -ne 0 ]; then exit "$_runner_exit_code"; fi'

/** Commands one after the other, each shown before it runs. Together they are one script: a loop may span several. */
export function commandLines(commands: readonly string[], style: CommandStyle): readonly string[] {
  return commands.flatMap((command, index) => {
    const text = command.trimEnd()
    if (text === '') return ['echo']
    const run = style.checksExitCodes ? [text, CHECK] : [text]
    const shown = text.trimStart().split('\n')
    if (shown.length === 1) return [notice(`$ ${shown[0]}`), ...run]
    if (!style.hasSections) return [notice(`$ ${shown[0]} # collapsed multi-line command`), ...run]
    const section = `section_script_step_${index}`
    return [
      mark('start', `${section}[hide_duration=true,collapsed=true]`),
      notice(`$ ${shown.join('\n')}`),
      ...run,
      mark('end', section),
    ]
  })
}

/** The marker of a section that only the script knows the time of; images without `date` have sections of no length. */
function mark(edge: 'start' | 'end', section: string): string {
  return `printf '%b' "section_${edge}:$(date +%s 2>/dev/null || echo 0)"${quote(`:${section}\\r\\033[0K`)}`
}
