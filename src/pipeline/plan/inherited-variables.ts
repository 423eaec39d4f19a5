import type { PipelineConfig } from '../config/pipeline-config.ts'
import type { InheritedVariables, VariableConfig } from '../config/variable-config.ts'
import { fromConfig, type OriginVariable } from '../variables/origin-variable.ts'

/** What a job takes over of the pipeline's variables, those of the workflow's rule among them. */
export function inheritedVariables(
  { variables }: PipelineConfig,
  ofWorkflow: readonly VariableConfig[],
  inherit: InheritedVariables,
): readonly OriginVariable[] {
  const isTaken = ({ key }: VariableConfig) =>
    typeof inherit === 'boolean' ? inherit : inherit.includes(key)
  return [
    ...fromConfig('pipeline', variables.filter(isTaken)),
    ...fromConfig('workflow rule', ofWorkflow.filter(isTaken)),
  ]
}
