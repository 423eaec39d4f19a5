/**
 * One word for any POSIX shell that means exactly these characters. Between single quotes nothing has a meaning but
 * the single quote. A NUL can be in no word of a shell: it is left out.
 */
export function quote(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`
}
