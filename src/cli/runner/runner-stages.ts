import { sourcesStage } from '../../executor/stages/sources/sources-stage.ts'
import type { OpenedRunner } from '../../runner/runner.ts'
import type { RegisteredSettings } from './runner-file.ts'

/** What is done around the steps of a runner's jobs. */
export function runnerStages(settings: RegisteredSettings): OpenedRunner['stagesOf'] {
  return (job, trace) => ({
    beforeSteps: [sourcesStage({ job, trace, settings })],
    afterSteps: () => [],
  })
}
