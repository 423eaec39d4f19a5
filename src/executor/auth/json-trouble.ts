/** Where a text stops being JSON, and what stands there. Lines and columns count from 1. */
export interface JsonTrouble {
  readonly line: number
  readonly column: number
  readonly message: string
}

/** Deeper than any settings; a limit because each level is a call. */
const MAX_DEPTH = 100

const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy
const LITERAL = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const ESCAPED = 'a backslash stands before a quote: the quotes were escaped once too often'

const SPACE = /[ \t\r\n]*/y

/**
 * Looks for what JSON.parse refused; its own messages differ from version to version and name no line.
 * Undefined for JSON.
 */
export function findJsonTrouble(text: string): JsonTrouble | undefined {
  const reader = new JsonReader(text)
  return reader.read()
}

class Stop extends Error {
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

class JsonReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): JsonTrouble | undefined {
    try {
      this.#value(0)
      this.#take(SPACE)
      if (this.#at < this.#text.length) this.#stop('something follows the end of the JSON')
      return undefined
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      const before = this.#text.slice(0, error.at).split('\n')
      return { line: before.length, column: (before.at(-1) ?? '').length + 1, message: error.message }
    }
  }

  #value(depth: number): void {
    if (depth > MAX_DEPTH) this.#stop('it is nested too deeply')
    this.#take(SPACE)
    const next = this.#text[this.#at]
    if (next === '{') this.#list('}', () => this.#member(depth))
    else if (next === '[') this.#list(']', () => this.#value(depth + 1))
    else if (!this.#take(STRING) && !this.#take(LITERAL)) this.#stopAt(next)
  }

  #stopAt(next: string | undefined): never {
    if (next === undefined) this.#stop('it ends too early')
    if (next === '\\') this.#stop(ESCAPED)
    if (next === "'") this.#stop('strings have double quotes')
    this.#stop('a value is missing')
  }

  #member(depth: number): void {
    if (!this.#take(STRING)) {
      if (this.#text[this.#at] === '\\') this.#stop(ESCAPED)
      this.#stop('a key in double quotes is missing')
    }
    this.#take(SPACE)
    if (this.#text[this.#at] !== ':') this.#stop('a colon is missing')
    this.#at++
    this.#value(depth + 1)
  }

  #list(end: string, item: () => void): void {
    this.#at++
    this.#take(SPACE)
    if (this.#text[this.#at] === end) {
      this.#at++
      return
    }
    for (;;) {
      this.#take(SPACE)
      item()
      this.#take(SPACE)
      const next = this.#text[this.#at]
      if (next !== ',' && next !== end) {
        this.#stop(next === undefined ? 'it ends too early' : `a comma or ${end} is missing`)
      }
      const comma = this.#at
      this.#at++
      if (next === end) return
      this.#take(SPACE)
      const after = this.#text[this.#at]
      if (after === '}' || after === ']') throw new Stop(comma, `a comma stands before ${after}`)
    }
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const taken = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += taken.length
    return taken !== ''
  }

  #stop(message: string): never {
    throw new Stop(this.#at, message)
  }
}
