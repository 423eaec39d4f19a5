const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export const WEEK_MS = 7 * DAY_MS
/** What GitLab counts as a month. */
export const MONTH_MS = 30 * DAY_MS

const UNITS: ReadonlyMap<string, number> = new Map(
  (
    [
      [SECOND_MS, ['s', 'sec', 'secs', 'second', 'seconds']],
      [MINUTE_MS, ['m', 'min', 'mins', 'minute', 'minutes']],
      [HOUR_MS, ['h', 'hr', 'hrs', 'hour', 'hours']],
      [DAY_MS, ['d', 'day', 'days', 'dy']],
      [WEEK_MS, ['w', 'wk', 'wks', 'week', 'weeks']],
      [MONTH_MS, ['mo', 'mos', 'month', 'months']],
      [365.25 * DAY_MS, ['y', 'yr', 'yrs', 'year', 'years']],
    ] as const
  ).flatMap(([ms, names]) => names.map((name): [string, number] => [name, ms])),
)

const SMALL_NUMBERS = [
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven'],
  ...['twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
]
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...SMALL_NUMBERS.map((word, index): [string, number] => [word, index]),
  ...TENS.map((word, index): [string, number] => [word, 20 + 10 * index]),
  ['a', 1],
  ['an', 1],
])

/**
 * A duration in people's words, as GitLab reads it: `1h 30m`, `90 minutes`, `one hour and 5 min`, `1:30:00`, and
 * seconds for a number alone.
 * @returns milliseconds; undefined when it is none, or zero
 */
export function readDuration(text: string): number | undefined {
  const words = text.trim().toLowerCase()
  const clock = /^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(words)
  if (clock !== null) {
    const [, hours = '0', minutes = '0', seconds = '0'] = clock
    return positive(Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS)
  }
  const tokens = words.match(/\d+(?:\.\d+)?|[a-z]+|[^\s,a-z\d]/g) ?? []
  let total = 0
  let amount: number | undefined
  for (const token of tokens) {
    const number = NUMBERS.get(token) ?? (/^\d/.test(token) ? Number(token) : undefined)
    const unitMs = UNITS.get(token)
    if (number !== undefined) {
      // `thirty five` is one number; `30 5` is none.
      const goesOn = amount !== undefined && amount % 10 === 0 && amount >= 20 && number < 10
      if (amount !== undefined && !(goesOn && NUMBERS.has(token))) return undefined
      amount = (amount ?? 0) + number
    } else if (unitMs !== undefined && amount !== undefined) {
      total += amount * unitMs
      amount = undefined
    } else if (token !== 'and' && token !== 'with' && token !== 'plus') return undefined
  }
  return positive(total + (amount ?? 0) * SECOND_MS)
}

function positive(ms: number): number | undefined {
  return ms > 0 && Number.isFinite(ms) ? Math.round(ms) : undefined
}
