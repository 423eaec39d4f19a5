import { notice } from './notice.ts'
import { quote } from './quote.ts'

/** How commands are shown before they run. */
export interface Echo {
  /** A command of several lines is shown whole, in a section that is closed; otherwise its first line is shown. */
  readonly hasSections: boolean
}

/** Commands one after the other, each shown before it runs. Together they are one script: a loop may span several. */
export function commandLines(commands: readonly string[], echo: Echo): readonly string[] {
  return commands.flatMap((command, index) => {
    const text = command.trimEnd()
    if (text === '') return ['echo']
    const shown = text.trimStart().split('\n')
    if (shown.length === 1) return [notice(`$ ${shown[0]}`), text]
    if (!echo.hasSections) return [notice(`$ ${shown[0]} # collapsed multi-line command`), text]
    const section = `section_script_step_${index}`
    return [
      mark('start', `${section}[hide_duration=true,collapsed=true]`),
      notice(`$ ${shown.join('\n')}`),
      text,
      mark('end', section),
    ]
  })
}

/** The marker of a section that only the script knows the time of; images without `date` have sections of no length. */
function mark(edge: 'start' | 'end', section: string): string {
  return `printf '%b' "section_${edge}:$(date +%s 2>/dev/null || echo 0)"${quote(`:${section}\\r\\033[0K`)}`
}
