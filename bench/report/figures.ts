export const MIB = 1024 * 1024

export function ratio(value: number): string {
  if (!Number.isFinite(value)) return 'n/a'
  return `${value >= 10 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2)}x`
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

export function gigabytesPerSecond(bytesPerMs: number): string {
  return (bytesPerMs / 1e6).toFixed(2)
}

export function milliseconds(ms: number): string {
  return ms.toFixed(ms < 10 ? 2 : 1)
}

export function seconds(ms: number): string {
  return (ms / 1000).toFixed(2)
}

export function mebibytes(bytes: number): string {
  return (bytes / MIB).toFixed(0)
}

/** Lowest to highest. */
export function spread(values: readonly number[], format: (value: number) => string): string {
  return values.length < 2 ? '' : `${format(Math.min(...values))} to ${format(Math.max(...values))}`
}
