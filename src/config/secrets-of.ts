import type { Settings } from './settings.ts'

/**
 * The passwords that the settings hold, so that they can be kept out of what is written. That of a proxy stands in
 * a URL, where it can be known for one.
 */
export function secretsOf({ upstreams, groups }: Pick<Settings, 'upstreams' | 'groups'>): string[] {
  const own = [...upstreams.values()].flatMap(({ credential }) => credential ?? [])
  const logins = [...groups.values()].flatMap((group) => [...group.upstreams.values()])
  return [...own, ...logins].map(({ password }) => password)
}
