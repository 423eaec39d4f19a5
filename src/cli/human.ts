const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const

/** `512 B`, `45.2 MiB`: never more than nine characters. */
export function humanSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  let value = bytes
  let unit = ''
  for (const next of UNITS) {
    // 1023.96 would be shown as 1024.0.
    if (unit !== '' && value < 1023.95) break
    value /= 1024
    unit = next
  }
  return `${value.toFixed(1)} ${unit}`
}

const AGES: readonly [unit: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
]

/** `6 h`, `1 h 35 min`, `under a minute`: to the minute. */
export function humanSpan(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes === 0) return 'under a minute'
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60 === 0 && hours > 0 ? [] : [`${minutes % 60} min`]
  return [...(hours > 0 ? [`${hours} h`] : []), ...rest].join(' ')
}

/** `now`, `5 min ago`, `3 d ago`. What lies ahead, after the clock was set back, is now. */
export function humanAge(time: number, now: number): string {
  const ageMs = now - time
  for (const [unit, ms] of AGES) if (ageMs >= ms) return `${Math.floor(ageMs / ms)} ${unit} ago`
  return 'now'
}

/** `4.2 s`, `3 min 20 s`. */
export function humanDuration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`
}

/** `1 image`, `2 images`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
