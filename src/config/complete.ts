import { didYouMean } from '../suggest.ts'
import { type FoundMistake, mistakeAt } from './check.ts'
import { completeGroup } from './complete-group.ts'
import { completeTls } from './complete-tls.ts'
import { completeUpstream } from './complete-upstream.ts'
import { DEFAULT_HIGH_MARK, DEFAULT_LOW_MARK, DEFAULT_SCRUB_BYTES_PER_SECOND } from './defaults.ts'
import { upstreamVariable } from './environment.ts'
import { deepFreeze, FixedMap } from './freeze.ts'
import { formatListenAddress } from './listen-address.ts'
import { defaultDraft, type MergedDraft, mergeDrafts, type PlacedLayer } from './merge.ts'
import type { GroupSettings, ProxySettings, Settings, StorageSettings, UpstreamSettings } from './settings.ts'
import type { SettingsPath } from './settings-tree.ts'

export interface Incomplete {
  /** The weakest first. */
  readonly layers: readonly PlacedLayer[]
  readonly passwords: ReadonlyMap<string, string>
  readonly proxy: ProxySettings
  readonly cwd: string
  readonly isTerminal: boolean
}

export interface Completed {
  /** Worth using only when nothing was found wrong, here or before. */
  readonly settings: Settings
  readonly mistakes: readonly FoundMistake[]
  readonly warnings: readonly string[]
}

/** Merges checked sources and looks at what only the whole shows: what is missing, twice, or points nowhere. */
export async function completeSettings(incomplete: Incomplete): Promise<Completed> {
  const { layers, passwords, proxy, cwd, isTerminal } = incomplete
  const defaults = defaultDraft({ directory: cwd, isTerminal })
  const merged = mergeDrafts(defaults, layers)
  const report = new Report(layers)
  const upstreams = new Map<string, UpstreamSettings>()
  const warnings: string[] = []
  for (const [name, draft] of merged.upstreams) {
    const completed = await completeUpstream(name, draft, passwords.get(name))
    for (const { key, message } of completed.mistakes) report.add(['upstreams', name, key], message)
    if (completed.settings !== undefined) upstreams.set(name, completed.settings)
    warnings.push(...completed.warnings)
  }
  const tls = await completeTls(merged.tls)
  for (const { file, message } of tls.mistakes) report.add(['tls', file], message)
  const groups = new Map<string, GroupSettings>()
  for (const [path, draft] of merged.groups ?? []) {
    const completed = await completeGroup(draft)
    for (const { at, message } of completed.mistakes) report.add(['groups', path, ...at], message)
    groups.set(path, completed.settings)
  }
  findRepetitions(merged, report)
  findDanglingNames(merged, report)
  const settings: Settings = {
    listen: merged.listen ?? [],
    externalUrl: merged.externalUrl,
    tls: tls.settings,
    trustedProxies: merged.trustedProxies ?? [],
    storage: completeStorage(merged.storage, cwd, report),
    groups: new FixedMap(groups),
    upstreams: new FixedMap(upstreams),
    tagRules: (merged.tagRules ?? []).map(({ ttl, ...rule }) => ({ ...rule, ttlMs: ttl })),
    jobs: { listen: merged.jobs?.listen },
    metrics: { listen: merged.metrics?.listen },
    log: { level: merged.log?.level ?? 'info', format: merged.log?.format ?? 'json' },
    proxy,
  }
  return { settings: deepFreeze(settings), mistakes: report.mistakes, warnings }
}

function completeStorage(
  draft: MergedDraft['storage'],
  cwd: string,
  report: Pick<Report, 'add'>,
): StorageSettings {
  const highMark = draft?.highMark ?? DEFAULT_HIGH_MARK
  const lowMark = draft?.lowMark ?? Math.min(DEFAULT_LOW_MARK, highMark)
  if (lowMark > highMark) report.add(['storage', 'lowMark'], 'is above highMark: eviction would never end')
  return {
    path: draft?.path ?? cwd,
    maxBytes: draft?.maxSize,
    minFreeBytes: draft?.minFree,
    maxAgeMs: draft?.maxAge,
    highMark,
    lowMark,
    scrubBytesPerSecond: draft?.scrubRate ?? DEFAULT_SCRUB_BYTES_PER_SECOND,
  }
}

function findRepetitions(merged: MergedDraft, report: Report): void {
  const addresses = new Set<string>()
  for (const [index, address] of (merged.listen ?? []).entries()) {
    const text = formatListenAddress(address)
    if (address.port !== 0 && addresses.has(text)) report.add(['listen', index], `${text} is there twice`)
    addresses.add(text)
  }
  const jobs = merged.jobs?.listen
  if (jobs !== undefined && jobs.port !== 0 && addresses.has(formatListenAddress(jobs)))
    report.add(['jobs', 'listen'], 'is an address of listen: one of its own has to ask for credentials')
  const metrics = merged.metrics?.listen
  if (metrics !== undefined && metrics.port !== 0 && addresses.has(formatListenAddress(metrics)))
    report.add(['metrics', 'listen'], 'is an address of listen: /metrics is there anyway')
  const taken = new Map<string, string>()
  for (const name of merged.upstreams.keys()) taken.set(name, name)
  for (const [name, { alias }] of merged.upstreams) {
    if (alias === undefined) continue
    const other = taken.get(alias)
    if (other !== undefined) report.add(['upstreams', name, 'alias'], `${alias} already stands for ${other}`)
    taken.set(alias, name)
  }
}

function findDanglingNames(merged: MergedDraft, report: Report): void {
  const names = [...merged.upstreams.keys()]
  for (const [index, { upstream }] of (merged.tagRules ?? []).entries()) {
    if (names.includes(upstream) || report.isSpoilt(['upstreams', upstream])) continue
    const message = `there is no upstream ${upstream}${didYouMean(upstream, names)}`
    report.add(['tagRules', index, 'upstream'], message)
  }
  for (const [group, { upstreams }] of merged.groups ?? []) {
    for (const upstream of upstreams?.keys() ?? []) {
      if (names.includes(upstream) || report.isSpoilt(['upstreams', upstream])) continue
      const message = `there is no upstream ${upstream}${didYouMean(upstream, names)}`
      report.add(['groups', group, 'upstreams', upstream], message)
    }
  }
  const groups = [...(merged.groups?.keys() ?? [])]
  for (const [name, { privateFor }] of merged.upstreams) {
    for (const [index, group] of (privateFor ?? []).entries()) {
      if (groups.includes(group) || report.isSpoilt(['groups', group])) continue
      const message = `there is no group ${group}${didYouMean(group, groups)}`
      report.add(['upstreams', name, 'privateFor', index], message)
    }
  }
}

/** Collects mistakes of the whole, each blamed on the strongest source that speaks of it. */
class Report {
  readonly mistakes: FoundMistake[] = []
  readonly #layers: readonly PlacedLayer[]

  constructor(layers: readonly PlacedLayer[]) {
    this.#layers = layers
  }

  add(path: SettingsPath, message: string): void {
    const [, name, key] = path
    // A url is missed whatever else is wrong; a credential only where its keys could be read.
    if (this.isSpoilt(path.slice(0, key === 'url' ? 3 : 2))) return
    if (key === 'password') {
      const variable = upstreamVariable(String(name), key)
      this.mistakes.push({ at: path, path: variable, message, source: 'environment' })
      return
    }
    // From the exact key up to the section, so that what is missing is shown where it should stand.
    for (let depth = Math.min(path.length, 3); depth > 0; depth--) {
      const speaker = this.#layers.findLast(({ draft }) => speaksOf(draft, path.slice(0, depth)))
      if (speaker !== undefined) {
        this.mistakes.push(mistakeAt(speaker, path, message))
        return
      }
    }
  }

  /** Whether something on the way to the path, or under it, is already known to be wrong. */
  isSpoilt(path: SettingsPath): boolean {
    return this.#layers.some(({ mistakes }) =>
      mistakes.some(({ at }) => path.every((key, depth) => at.length <= depth || sameKey(key, at[depth]))),
    )
  }
}

function speaksOf(draft: unknown, path: SettingsPath): boolean {
  const value = path.reduce<unknown>((from, key) => {
    if (from instanceof Map) return from.get(key)
    return typeof from === 'object' && from !== null ? Reflect.get(from, key) : undefined
  }, draft)
  return value !== undefined
}

function sameKey(one: string | number, other: string | number | undefined): boolean {
  return String(one).toLowerCase() === String(other).toLowerCase()
}
