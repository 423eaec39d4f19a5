import { isGoFalse, isGoTrue } from '../../../executor/job/go-bool.ts'
import { RunnerRefused } from '../runner-refused.ts'
import type { FlagKind, RegisterFlag } from './register-flag.ts'
import { REGISTER_FLAGS } from './register-flags.ts'

export type GivenValue =
  | string
  | number
  | boolean
  | readonly string[]
  | Readonly<Record<string, string | boolean>>

/** What a command line or the variables say, by the flag's long name: `docker-image`. */
export type GivenFlags = ReadonlyMap<string, GivenValue>

const ALL = REGISTER_FLAGS.flatMap(({ flags }) => flags)

/** `docker-image`. */
export function longName({ name }: Pick<RegisterFlag, 'name'>): string {
  return name.slice(name.lastIndexOf('--') + 2)
}

/**
 * A flag wins over its variable; an empty variable says nothing.
 * @param written what was written for a flag on the command line, in order; `true` where it stands alone
 * @throws RunnerRefused
 */
export function readGiven(
  written: (flag: RegisterFlag) => readonly (string | true)[],
  env: NodeJS.ProcessEnv,
): GivenFlags {
  const given = new Map<string, GivenValue>()
  for (const flag of ALL) {
    const values = written(flag)
    const variable = flag.env === undefined ? undefined : env[flag.env]
    if (values.length > 0) given.set(longName(flag), readValue(flag.kind, values, `--${longName(flag)}`))
    else if (variable) given.set(longName(flag), readValue(flag.kind, [variable], flag.env ?? ''))
  }
  return given
}

function readValue(kind: FlagKind, values: readonly (string | true)[], place: string): GivenValue {
  const texts = values.map(String)
  const last = texts.at(-1) ?? ''
  switch (kind) {
    case 'text':
      return last.trim()
    case 'integer':
      if (!/^-?\d{1,15}$/.test(last)) throw new RunnerRefused(`${place} takes a whole number, not ${last}`)
      return Number(last)
    case 'flag':
      return readFlag(last, place)
    case 'texts':
      return texts
    case 'list':
      return texts.flatMap((text) => text.split(',').map((item) => item.trim())).filter((item) => item !== '')
    case 'table':
      return Object.assign({}, ...texts.map((text) => readTable(text, place)))
    case 'flags':
      return Object.fromEntries(
        texts.flatMap((text) =>
          Object.entries(readTable(text, place)).map(([key, value]) => [
            key,
            readFlag(value, `${key} of ${place}`),
          ]),
        ),
      )
  }
}

function readFlag(text: string, place: string): boolean {
  if (isGoTrue(text)) return true
  if (isGoFalse(text)) return false
  throw new RunnerRefused(`${place} takes true or false, not ${text}`)
}

/** What is wrong is not repeated: environments hold secrets. */
function readTable(text: string, place: string): Readonly<Record<string, string>> {
  if (text.startsWith('{')) return readJsonTable(text, place)
  const [, key, value] = /^([^:=]+)[:=](.*)$/s.exec(text) ?? []
  if (key === undefined || value === undefined) throw new RunnerRefused(`${place} takes KEY=value`)
  return { [key]: value }
}

function readJsonTable(text: string, place: string): Readonly<Record<string, string>> {
  try {
    const entries = Object.entries(JSON.parse(text) as object)
    return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]))
  } catch {
    throw new RunnerRefused(`${place} is no JSON object`)
  }
}
