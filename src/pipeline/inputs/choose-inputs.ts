import { didYouMean } from '../../suggest.ts'
import type { Findings } from '../mistakes.ts'
import type { Field } from '../read/field.ts'
import type { InputSpec } from './input-spec.ts'
import { type InputValue, parseInputValue, readInputValue } from './input-value.ts'

/** Values for the inputs of a file, by name: those of an include are read, those of the command line are text. */
export type GivenInputs = ReadonlyMap<string, Field | string>

/** The values that are filled in: what was given, and the defaults. */
export function chooseInputs(
  specs: ReadonlyMap<string, InputSpec>,
  given: GivenInputs,
  findings: Findings,
): ReadonlyMap<string, InputValue> {
  const [first] = specs.values()
  for (const [name, value] of given) {
    if (specs.has(name)) continue
    const message = `input ${name} is not in the spec of the file${didYouMean(name, specs.keys())}`
    if (typeof value !== 'string') findings.mistake(value.at, message)
    else if (first !== undefined) findings.mistake(first.at, message)
  }
  const chosen = [...specs.values()].map(
    (spec) => [spec.name, choose(spec, given.get(spec.name), findings)] as const,
  )
  return new Map(chosen.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
}

function choose(
  spec: InputSpec,
  given: Field | string | undefined,
  findings: Findings,
): InputValue | undefined {
  const { name, type, fallback, options, pattern, at } = spec
  if (given === undefined) {
    if (fallback === undefined) findings.mistake(at, `input ${name} has no default, and no value was given`)
    return fallback
  }
  const refuse = (message: string): undefined => {
    findings.mistake(typeof given === 'string' ? at : given.at, `input ${name} ${message}`)
  }
  const value = typeof given === 'string' ? parseInputValue(given, type) : readInputValue(given, type)
  if (value === undefined)
    return typeof given === 'string' ? refuse(`takes a value of type ${type}`) : undefined
  if (options?.includes(value.text) === false) {
    return refuse(
      `takes ${options.join(', ')}; ${value.text} is none of them${didYouMean(value.text, options)}`,
    )
  }
  if (pattern?.test(value.text) === false) return refuse(`does not match the regex of the spec`)
  return value
}
