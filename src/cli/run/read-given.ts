import { resolve } from 'node:path'
import { readProxies } from '../../config/proxy.ts'
import {
  readFileVariable,
  readGivenVariable,
  readVariablesFile,
} from '../../pipeline/variables/given-variables.ts'
import type { OriginVariable } from '../../pipeline/variables/origin-variable.ts'
import type { EnvironmentProxy } from '../../proxy-choice.ts'
import type { CliContext } from '../context.ts'
import { ProjectRefused } from './project-refused.ts'
import { readNamedFile } from './read-named-file.ts'

export interface GivenFlags {
  /** `NAME=value`, of which later ones win. */
  readonly variable?: readonly string[]
  /** `NAME=path`: the job gets the path of a copy. */
  readonly fileVariable?: readonly string[]
  readonly variablesFile?: string
  /** `name=value` */
  readonly input?: readonly string[]
}

/** @throws VariableInvalid, FileUnreadable */
export async function readGivenVariables(
  { variable = [], fileVariable = [], variablesFile }: GivenFlags,
  cwd: string,
): Promise<readonly OriginVariable[]> {
  const given = variable.map(readGivenVariable)
  const files = await Promise.all(
    fileVariable.map((written) => readFileVariable(written, (path) => readNamedFile(resolve(cwd, path)))),
  )
  if (variablesFile === undefined) return [...given, ...files]
  const text = await readNamedFile(resolve(cwd, variablesFile))
  return [...readVariablesFile(variablesFile, text), ...given, ...files]
}

/** @throws ProjectRefused */
export function readGivenInputs({ input = [] }: GivenFlags): ReadonlyMap<string, string> {
  return new Map(
    input.map((written) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(written) ?? []
      if (name === undefined || value === undefined) throw new ProjectRefused('--input takes NAME=value')
      return [name, value] as const
    }),
  )
}

/** @throws ProjectRefused */
export function readEnvironmentProxy({ env }: Pick<CliContext, 'env'>): EnvironmentProxy {
  const { proxy, mistakes } = readProxies(env)
  const [mistake] = mistakes
  if (mistake !== undefined) throw new ProjectRefused(`${mistake.path}: ${mistake.message}`)
  return proxy
}
