import type { JobVariable } from '../../executor/job/job.ts'
import type { VariableConfig } from '../config/variable-config.ts'

/** Where a variable comes from, in the order in which they win: the later, the stronger. */
export const VARIABLE_ORIGINS = [
  'predefined',
  'pipeline',
  'workflow rule',
  'job',
  'matrix',
  'rule',
  'user',
  'dotenv',
  'project',
  'command line',
] as const
export type VariableOrigin = (typeof VARIABLE_ORIGINS)[number]

/** A variable of a job, not expanded, that says where it comes from. */
export interface OriginVariable extends JobVariable {
  readonly origin: VariableOrigin
}

/** @param flags public unless they say otherwise: what stands in a file of the project is no secret */
export function variable(
  origin: VariableOrigin,
  key: string,
  value: string,
  flags: Partial<Pick<JobVariable, 'isPublic' | 'isMasked' | 'isRaw' | 'isFile'>> = {},
): OriginVariable {
  return { key, value, isPublic: true, isMasked: false, isRaw: false, isFile: false, ...flags, origin }
}

export function fromConfig(
  origin: VariableOrigin,
  configs: readonly VariableConfig[],
): readonly OriginVariable[] {
  return configs.map(({ key, value, isRaw }) => variable(origin, key, value, { isRaw }))
}

/** What is known here always is as it is: nothing in it is expanded. */
export function predefined(
  values: Readonly<Record<string, string | undefined>>,
  flags: Partial<Pick<JobVariable, 'isPublic' | 'isMasked' | 'isRaw'>> = {},
): readonly OriginVariable[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [variable('predefined', key, value, { isRaw: true, ...flags })],
  )
}
