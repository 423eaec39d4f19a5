import { relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cruise, type IConfiguration, type ICruiseResult, type IViolation } from 'dependency-cruiser'

export const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Cruise {
  /** Files under src that were read, from the root, in order. */
  readonly modules: readonly string[]
  readonly violations: readonly IViolation[]
}

/** Reads every import under `src` of the root, and holds it against the project's rules. */
export async function cruiseSources(root: string = PROJECT_ROOT): Promise<Cruise> {
  const { options, ...ruleSet } = await readRules()
  const { output } = await cruise(['src'], { ...options, baseDir: root, validate: true, ruleSet })
  const { modules, summary } = output as ICruiseResult
  const read = modules
    .map(({ source }) => source.split(sep).join('/'))
    .filter((path) => path.startsWith('src/'))
  return { modules: read.sort(), violations: summary.violations }
}

/** The project's rules. */
export async function readRules(): Promise<IConfiguration> {
  const file = pathToFileURL(`${PROJECT_ROOT}/.dependency-cruiser.mjs`).href
  return (await import(file)).default
}

export function formatViolation({ rule, from, to }: IViolation): string {
  return `${rule.name}: ${from} -> ${relative('.', to)}`
}
