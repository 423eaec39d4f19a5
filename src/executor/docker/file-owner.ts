/** By number, for there are no names in an archive that every engine would look up. */
export interface FileOwner {
  readonly uid: number
  readonly gid: number
}

/**
 * Who a container's user is, read as the engine reads it: `node`, `1000`, `node:staff`, `1000:1000`.
 * @param passwd /etc/passwd of the container; empty when it has none
 * @param group /etc/group of it
 * @returns undefined for a name that is nobody's
 */
export function findOwner(user: string, passwd: string, group: string): FileOwner | undefined {
  const [name = '', groupName] = user.split(':')
  const known = entries(passwd).find(([known, , uid]) => known === name || uid === name)
  const uid = numberIn(known?.[2]) ?? numberIn(name)
  const gid = groupName ? gidOf(groupName, group) : (numberIn(known?.[3]) ?? 0)
  return uid === undefined || gid === undefined ? undefined : { uid, gid }
}

/** Whether the files of /etc have to be asked who that is. */
export function isByNumber(user: string): boolean {
  return /^\d+:\d+$/.test(user)
}

function gidOf(name: string, group: string): number | undefined {
  const known = entries(group).find(([known, , gid]) => known === name || gid === name)
  return numberIn(known?.[2]) ?? numberIn(name)
}

function entries(text: string): string[][] {
  return text.split('\n').map((line) => line.split(':'))
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}
