/** What a value without quotes stands for. */
export interface PlainValue {
  readonly value: string | number | bigint | boolean | null
  /** The value as Ruby writes it. */
  readonly text: string
}

const DATE = /^\d{4}-(?:1[012]|0?[1-9])-(?:[12]\d|3[01]|0?[1-9])$/
const TIME =
  /^-?\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?(?:\s*(?:Z|[-+]\d{1,2}:?(?:\d\d)?))?$/
const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}$/
const SEXAGESIMAL_FLOAT = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}\.[0-9_]*$/
const FLOAT = /^[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][+-][0-9]+)?$/
const OCTAL = /^[-+]?0[_,]*[0-7][0-7_,]*$/
const DECIMAL = /^[-+]?(?:0|[1-9](?:[0-9]|[,_][0-9])*)$/
const HEXADECIMAL = /^[-+]?0x[_,]*[0-9a-fA-F][0-9a-fA-F_,]*$/
const BINARY = /^[-+]?0b[_,]*[01][01_,]*$/

/**
 * Reads a value without quotes as Psych does, the YAML of Ruby that GitLab uses: neither YAML 1.1 nor 1.2.
 * @returns undefined for a date or a time, which GitLab refuses
 */
export function readPlainScalar(text: string): PlainValue | undefined {
  const word = text.length > LONGEST_WORD ? undefined : WORDS.get(text.toLowerCase())
  if (word !== undefined) return word
  if (!/^[-+.\d]/.test(text) || text.includes('\n')) return { value: text, text }
  if (DATE.test(text) || TIME.test(text)) return undefined
  if (SEXAGESIMAL.test(text)) return integer(BigInt(Math.trunc(sexagesimal(text))))
  if (SEXAGESIMAL_FLOAT.test(text)) return float(sexagesimal(text))
  if (FLOAT.test(text) && /\d/.test(text)) return float(Number(text.replaceAll(/[,_]/g, '')))
  if ([OCTAL, DECIMAL, HEXADECIMAL, BINARY].some((form) => form.test(text))) return integer(readInteger(text))
  return { value: text, text }
}

/** `false` */
const LONGEST_WORD = 5

const TRUE: PlainValue = { value: true, text: 'true' }
const FALSE: PlainValue = { value: false, text: 'false' }
const NULL: PlainValue = { value: null, text: '' }

const WORDS: ReadonlyMap<string, PlainValue> = new Map([
  ...['yes', 'true', 'on'].map((word) => [word, TRUE] as const),
  ...['no', 'false', 'off'].map((word) => [word, FALSE] as const),
  ...['', '~', 'null'].map((word) => [word, NULL] as const),
  ['.inf', { value: Number.POSITIVE_INFINITY, text: 'Infinity' }],
  ['+.inf', { value: Number.POSITIVE_INFINITY, text: 'Infinity' }],
  ['-.inf', { value: Number.NEGATIVE_INFINITY, text: '-Infinity' }],
  ['.nan', { value: Number.NaN, text: 'NaN' }],
])

// `12:30` counts as hours and minutes, not as minutes and seconds: so it is in Psych. A sign is of the first part
// alone there.
function sexagesimal(text: string): number {
  return text
    .replaceAll('_', '')
    .split(':')
    .reduce((sum, part, index) => sum + Number(part) * 60 ** Math.abs(index - 2), 0)
}

function readInteger(text: string): bigint {
  const digits = text.replaceAll(/[-+,_]/g, '')
  const amount = OCTAL.test(text) ? BigInt(`0o${digits}`) : BigInt(digits)
  return text.startsWith('-') ? -amount : amount
}

function integer(value: bigint): PlainValue {
  const small = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
  return { value: small ? Number(value) : value, text: String(value) }
}

// Ruby keeps the point of a whole number, and writes the exponent with two digits, from 1e16 up and below 1e-4.
function float(value: number): PlainValue {
  const size = Math.abs(value)
  if (value !== 0 && (size >= 1e16 || size < 1e-4)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e')
    const power = exponent.slice(1).padStart(2, '0')
    return { value, text: `${digits.includes('.') ? digits : `${digits}.0`}e${exponent[0]}${power}` }
  }
  const text = Object.is(value, -0) ? '-0' : String(value)
  return { value, text: text.includes('.') ? text : `${text}.0` }
}
