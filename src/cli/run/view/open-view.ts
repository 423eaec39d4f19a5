import { resolve } from 'node:path'
import type { Pattern } from '../../../pipeline/expression/pattern.ts'
import type { CliContext } from '../../context.ts'
import { paletteOf, wantsColour } from '../../palette.ts'
import { terminalColumns } from '../../terminal-columns.ts'
import { EventLines } from './event-lines.ts'
import { JobLogs } from './job-logs.ts'
import { JsonView } from './json-view.ts'
import { JunitView } from './junit-view.ts'
import { LiveScreen } from './live-screen.ts'
import type { PipelineView } from './pipeline-view.ts'
import { PlainScreen } from './screen.ts'
import { TerminalView } from './terminal-view.ts'

export interface ViewFlags {
  readonly json?: boolean
  /** A file for the report of the jobs. */
  readonly junit?: string
  readonly timestamps?: boolean
}

/** Enough to see what it was; the rest is in the log. */
const LAST_LINES = 5

/**
 * What shows a run, as its flags, the terminal and the environment want it. Close it when the run is over.
 * @param coverage by job: how its log tells it, as coveragePatterns finds it
 * @throws FileUnwritable
 */
export async function openView(
  flags: ViewFlags,
  context: CliContext,
  coverage: ReadonlyMap<string, Pattern> = new Map(),
): Promise<PipelineView> {
  const view = (): PipelineView =>
    flags.json ? new JsonView(context.stdout, context.stderr) : forPeople(flags, context, coverage)
  if (flags.junit === undefined) return view()
  // A view that draws is opened last: what is refused before it leaves nothing behind.
  return JunitView.open(view, resolve(context.cwd, flags.junit))
}

function forPeople(
  { timestamps = false }: ViewFlags,
  { stdout, stderr, clock, env }: CliContext,
  coverage: ReadonlyMap<string, Pattern>,
): PipelineView {
  const isTerminal = stdout.isTTY === true && env.TERM !== 'dumb'
  const hasColours = wantsColour(stdout, env)
  const paint = paletteOf(hasColours)
  const screen = isTerminal ? new LiveScreen(stdout, stderr, clock, paint) : new PlainScreen(stdout, stderr)
  const lines = new EventLines({ hasColours, hasTimestamps: timestamps, tellsPulls: !isTerminal }, paint)
  const columns = () => (isTerminal ? terminalColumns(stdout) : undefined)
  return new TerminalView({ screen, lines, logs: new JobLogs(LAST_LINES, coverage), paint, columns })
}
