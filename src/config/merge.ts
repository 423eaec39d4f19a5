import { resolve } from 'node:path'
import type { CheckedLayer } from './check.ts'
import { BUILT_IN_UPSTREAMS, DEFAULT_GROUP, DEFAULT_LISTEN, DEFAULT_STORAGE_PATH } from './defaults.ts'
import type { GroupDraft, SettingsDraft, UpstreamDraft } from './schema.ts'
import { settingsSchema } from './schema.ts'

/** Where a source's relative paths start. */
export interface PlacedLayer extends CheckedLayer {
  readonly directory: string
}

export interface MergedDraft extends Omit<SettingsDraft, 'upstreams'> {
  readonly upstreams: ReadonlyMap<string, UpstreamDraft>
}

/** What is there without any settings, as a draft like any other. */
export function defaultDraft(options: { directory: string; isTerminal: boolean }): SettingsDraft {
  const upstreams = [...BUILT_IN_UPSTREAMS].map(([name, url]) => [name, { url }])
  return settingsSchema().parse({
    listen: DEFAULT_LISTEN,
    storage: { path: resolve(options.directory, DEFAULT_STORAGE_PATH) },
    groups: { [DEFAULT_GROUP]: {} },
    upstreams: Object.fromEntries(upstreams),
    log: { level: 'info', format: options.isTerminal ? 'pretty' : 'json' },
  })
}

/** Lays sources over each other, the weakest first. A list replaces a list; maps are joined by name and key. */
export function mergeDrafts(base: SettingsDraft, layers: readonly PlacedLayer[]): MergedDraft {
  let merged = base
  for (const { draft, directory } of layers) {
    merged = {
      ...merged,
      ...defined(draft),
      tls: { ...merged.tls, ...defined(placed(draft.tls ?? {}, ['certFile', 'keyFile'], directory)) },
      storage: { ...merged.storage, ...defined(placed(draft.storage ?? {}, ['path'], directory)) },
      groups: new Map([...(merged.groups ?? []), ...placedGroups(draft.groups, directory)]),
      upstreams: mergeUpstreams(merged.upstreams, draft.upstreams, directory),
      jobs: { ...merged.jobs, ...defined(draft.jobs ?? {}) },
      metrics: { ...merged.metrics, ...defined(draft.metrics ?? {}) },
      log: { ...merged.log, ...defined(draft.log ?? {}) },
    }
  }
  return { ...merged, upstreams: merged.upstreams ?? new Map() }
}

function mergeUpstreams(
  under: ReadonlyMap<string, UpstreamDraft> | undefined,
  over: ReadonlyMap<string, UpstreamDraft> | undefined,
  directory: string,
): Map<string, UpstreamDraft> {
  const merged = new Map(under)
  for (const [name, upstream] of over ?? []) {
    const absolute = placed(upstream, ['passwordFile', 'caFile'], directory)
    merged.set(name, { ...merged.get(name), ...defined(absolute) })
  }
  return merged
}

function placedGroups(
  groups: ReadonlyMap<string, GroupDraft> | undefined,
  directory: string,
): Map<string, GroupDraft> {
  const absolute = new Map<string, GroupDraft>()
  for (const [path, group] of groups ?? []) {
    const logins = [...(group.upstreams ?? [])].map(
      ([name, login]) => [name, placed(login, ['passwordFile'], directory)] as const,
    )
    absolute.set(path, logins.length === 0 ? group : { ...group, upstreams: new Map(logins) })
  }
  return absolute
}

/** A copy whose paths are absolute. */
function placed<Draft extends object>(
  draft: Draft,
  keys: readonly (keyof Draft)[],
  directory: string,
): Draft {
  const paths = keys.flatMap((key) => {
    const path = draft[key]
    return typeof path === 'string' ? [[key, resolve(directory, path)]] : []
  })
  return { ...draft, ...Object.fromEntries(paths) }
}

function defined<Draft extends object>(draft: Draft): Draft {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined)) as Draft
}
