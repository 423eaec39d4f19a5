import type { JobVariables } from '../job/job-variables.ts'
import { commandLines } from './command-lines.ts'
import { environmentLines, makeDirectory } from './environment-lines.ts'
import { frame } from './frame.ts'
import { notice } from './notice.ts'
import { quote } from './quote.ts'
import type { ScriptStyle } from './script-style.ts'

export interface StepScript {
  readonly commands: readonly string[]
  /** Of the runner, around every step but not around after_script. */
  readonly before?: string | undefined
  readonly after?: string | undefined
}

export interface ScriptContext {
  readonly variables: JobVariables
  readonly projectDirectory: string
  readonly style: ScriptStyle
}

/** The script of one step of the job. */
export function stepScript({ commands, before, after }: StepScript, context: ScriptContext): string {
  const own = (script: string | undefined) => (script === undefined || script === '' ? [] : [script])
  return frame(
    [
      ...preamble(context),
      ...commandLines(own(before), context.style),
      ...commandLines(commands, context.style),
      ...commandLines(own(after), context.style),
    ].join('\n'),
  )
}

/** `success` and its like are what CI_JOB_STATUS says in after_script. */
export type StatusInAfterScript = 'success' | 'failed' | 'canceled' | 'timedout'

/** The script of after_script: its shell is a new one, which knows how the steps ended. */
export function afterScript(
  commands: readonly string[],
  status: StatusInAfterScript,
  context: ScriptContext,
): string {
  return frame(
    [
      ...preamble(context),
      `export CI_JOB_STATUS=${quote(status)}`,
      notice('Running after script...'),
      ...commandLines(commands, context.style),
    ].join('\n'),
  )
}

function preamble({ variables, projectDirectory, style }: ScriptContext): readonly string[] {
  return [
    ...(style.isTraced ? ['set -o xtrace'] : []),
    ...environmentLines(variables),
    makeDirectory(projectDirectory),
    `cd ${quote(projectDirectory)}`,
  ]
}
