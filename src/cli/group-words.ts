import type { GroupJson } from '../server/schemas/access.ts'

/** Who may pull as a group without credentials. */
export function networksOf({ anonymousNetworks }: GroupJson): string {
  if (anonymousNetworks === null) return 'this machine'
  return anonymousNetworks.length === 0 ? 'nobody' : anonymousNetworks.join(', ')
}

/** What a group may use. */
export function repositoriesOf({ repositories }: GroupJson): string {
  if (repositories === null) return 'all'
  return repositories.length === 0 ? 'none' : repositories.join(', ')
}
