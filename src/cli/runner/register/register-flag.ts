/** How a value is written in config.toml, and how it is given. */
export type FlagKind =
  /** As given. */
  | 'text'
  | 'integer'
  /** `--key`, `--key=false`. */
  | 'flag'
  /** Repeated. */
  | 'texts'
  /** Repeated, or with commas. */
  | 'list'
  /** Repeated `key=value` or `key:value`, or a JSON object. */
  | 'table'
  /** A table of `flag`. */
  | 'flags'

export interface RegisterFlag {
  /** As commander takes it, without the value: `-u, --url`. */
  readonly name: string
  readonly kind: FlagKind
  /** Absent: no variable says it. */
  readonly env?: string
  /** Where it stands in `[[runners]]`. Absent: it is not kept there. */
  readonly key?: readonly string[]
  readonly summary: string
}
