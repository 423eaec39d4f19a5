/** Whether an included file is on a server; else it is one of the project. */
export function isAddress(name: string): boolean {
  return /^https?:\/\//i.test(name)
}
