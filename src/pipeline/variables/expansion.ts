import type { JobVariable } from '../../executor/job/job.ts'

/** As GitLab finds them; `$$` is left for the executor's own pass. */
const REFERENCE = /\$\$|\$(\w+)|\$\{(\w+)\}/g

/** What Linux takes for one variable: values that double each other would grow without end. */
const MAX_VALUE_LENGTH = 128 * 1024

/**
 * Values put into each other, however deep, as GitLab does before a job is sent: what is unknown, raw or a file is left
 * for the executor, which puts it in without looking into it. When some refer to each other in a circle all are left as
 * they are.
 */
export class Expansion {
  readonly #find: (key: string) => JobVariable | undefined
  /** Of those that refer to others. */
  readonly #values = new Map<string, string>()
  readonly #open = new Set<string>()
  readonly #isSound: boolean

  /**
   * @param find the strongest of a name
   * @param referring at least all that refer to others
   */
  constructor(find: (key: string) => JobVariable | undefined, referring: readonly JobVariable[]) {
    this.#find = find
    this.#isSound = referring.every(({ key }) => this.#visit(key))
  }

  valueOf({ key, value }: JobVariable): string {
    return this.#isSound ? (this.#values.get(key) ?? value) : value
  }

  /** @returns false in a circle */
  #visit(key: string): boolean {
    const variable = this.#find(key)
    if (variable === undefined || !refers(variable) || this.#values.has(key)) return true
    if (this.#open.has(key)) return false
    this.#open.add(key)
    const inner = references(variable.value).filter((name) => name !== key)
    if (!inner.every((name) => this.#visit(name))) return false
    this.#open.delete(key)
    this.#values.set(
      key,
      expandText(variable.value, (name) => this.#insert(key, name)),
    )
    return true
  }

  #insert(into: string, name: string): string | undefined {
    const variable = name === into ? undefined : this.#find(name)
    return variable === undefined || !isPlain(variable)
      ? undefined
      : (this.#values.get(name) ?? variable.value)
  }
}

/** Whether other values may go into this one. */
export function refers(variable: JobVariable): boolean {
  return isPlain(variable) && variable.value.includes('$')
}

/** Puts values into a text that GitLab expands itself: unknown names are left as they are. */
export function expandText(text: string, lookUp: (name: string) => string | undefined): string {
  const result = text.replace(REFERENCE, (whole, bare: string | undefined, braced: string | undefined) =>
    whole === '$$' ? whole : (lookUp(bare ?? braced ?? '') ?? whole),
  )
  return result.length > MAX_VALUE_LENGTH ? text : result
}

function isPlain({ isRaw, isFile }: JobVariable): boolean {
  return !isRaw && !isFile
}

function references(value: string): readonly string[] {
  return [...value.matchAll(REFERENCE)].flatMap(([, bare, braced]) => bare ?? braced ?? [])
}
