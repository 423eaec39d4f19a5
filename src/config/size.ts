const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
}

/** `50GiB`, `1.5TiB` to whole bytes; undefined for what is no size. Decimal units (GB) are refused: too easily mixed up. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)(B|KiB|MiB|GiB|TiB)$/.exec(text)
  const unitBytes = UNIT_BYTES[match?.[2] ?? '']
  if (match === null || unitBytes === undefined) return undefined
  const bytes = Math.round(Number(match[1]) * unitBytes)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
