import type { GroupDraft } from './schema.ts'
import { readPasswordFile } from './secrets.ts'
import type { GroupSettings } from './settings.ts'
import type { SettingsPath } from './settings-tree.ts'

export interface CompletedGroup {
  readonly settings: GroupSettings
  /** Below the group's own path. */
  readonly mistakes: readonly { readonly at: SettingsPath; readonly message: string }[]
}

/** Reads the files that a group names. */
export async function completeGroup(draft: GroupDraft): Promise<CompletedGroup> {
  const upstreams = new Map<string, { username: string; password: string }>()
  const mistakes: CompletedGroup['mistakes'][number][] = []
  for (const [name, { username, passwordFile }] of draft.upstreams ?? []) {
    const reading = await readPasswordFile(passwordFile)
    if ('text' in reading) upstreams.set(name, { username, password: reading.text })
    else mistakes.push({ at: ['upstreams', name, 'passwordFile'], message: reading.mistake })
  }
  const { anonymous, repositories } = draft
  return { settings: { anonymousNetworks: anonymous?.networks, repositories, upstreams }, mistakes }
}
