/** What Go's strconv.ParseBool takes for true, and for false. */
const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True']
const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False']

export function isGoTrue(written: string | undefined): boolean {
  return written !== undefined && TRUE.includes(written)
}

export function isGoFalse(written: string | undefined): boolean {
  return written !== undefined && FALSE.includes(written)
}
