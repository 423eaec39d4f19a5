/** What Go's strconv.ParseBool takes for true. */
const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True']

export function isGoTrue(written: string | undefined): boolean {
  return written !== undefined && TRUE.includes(written)
}
