import type { RunEvent } from '../../../pipeline/run/pipeline-events.ts'

/** Whoever reads along while a pipeline runs. The run does not wait for it. */
export interface PipelineView {
  on(event: RunEvent): void
  /** A line of ours that is no event, for standard error; with its end. Never breaks into what is shown. */
  say(text: string): void
  /**
   * Leaves the terminal as it was, and writes what is written at the end; also of a run that broke off. Safe to call
   * twice.
   * @throws FileUnwritable
   */
  close(): Promise<void>
}
