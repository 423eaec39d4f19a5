import type { RunnerSettings } from '../../executor/config/runner-settings.ts'
import { didYouMean } from '../../suggest.ts'

/** It is not said, or not to be told, which of the runners of a file is meant. */
export class RunnerNotChosen extends Error {
  override readonly name = 'RunnerNotChosen'
  readonly code = 'RUNNER_NOT_CHOSEN'
}

/**
 * The runner of a file that is named; the only one where none is.
 * @param file as the user named it
 * @throws RunnerNotChosen
 */
export function chooseRunner<Runner extends Pick<RunnerSettings, 'name'>>(
  runners: readonly Runner[],
  name: string | undefined,
  file: string,
): Runner {
  const names = runners.map((runner) => runner.name)
  const fitting = name === undefined ? runners : runners.filter((runner) => runner.name === name)
  const [runner] = fitting
  if (runner !== undefined && fitting.length === 1) return runner
  const listed = names.map((each) => (each === '' ? '(without a name)' : each)).join(', ')
  if (name === undefined)
    throw new RunnerNotChosen(`${file} has ${names.length} runners: say with --runner which one: ${listed}`)
  const trouble =
    fitting.length > 1
      ? `${fitting.length} runners called ${name}`
      : `no runner ${name}${didYouMean(name, names)}`
  throw new RunnerNotChosen(`${file} has ${trouble}; its runners: ${listed}`)
}
