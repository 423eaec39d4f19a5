import {
  DEFAULT_MAX_DOWNLOADS,
  DEFAULT_MAX_STALE_MS,
  DEFAULT_RESERVE,
  DEFAULT_TAG_TTL_MS,
  EVERY_REPOSITORY,
} from './defaults.ts'
import { upstreamVariable } from './environment.ts'
import { isRecognisedInPaths } from './names.ts'
import { loopbackNetworks } from './network.ts'
import type { UpstreamDraft } from './schema.ts'
import { type FileReading, readCaFile, readPasswordFile } from './secrets.ts'
import type { UpstreamSettings } from './settings.ts'

export interface CompletedUpstream {
  /** Absent when a mistake was made. */
  readonly settings: UpstreamSettings | undefined
  readonly mistakes: readonly { readonly key: keyof UpstreamDraft | 'password'; readonly message: string }[]
  readonly warnings: readonly string[]
}

/** Fills in what an upstream leaves out, and reads the files that it names. */
export async function completeUpstream(
  name: string,
  draft: UpstreamDraft,
  givenPassword: string | undefined,
): Promise<CompletedUpstream> {
  const { url, username } = draft
  const mistakes: CompletedUpstream['mistakes'][number][] = []
  const read = async (
    key: 'passwordFile' | 'caFile',
    reader: (path: string) => Promise<FileReading>,
  ): Promise<string | undefined> => {
    const path = draft[key]
    if (path === undefined) return undefined
    const reading = await reader(path)
    if ('text' in reading) return reading.text
    mistakes.push({ key, message: reading.mistake })
    return undefined
  }
  if (url === undefined)
    mistakes.push({ key: 'url', message: 'is missing: only built-in upstreams know their url' })
  const passwordKey = givenPassword === undefined ? 'passwordFile' : 'password'
  const hasPassword = givenPassword !== undefined || draft.passwordFile !== undefined
  if (username !== undefined && !hasPassword) {
    const variable = upstreamVariable(name, 'password')
    mistakes.push({ key: 'username', message: `a username needs a password: passwordFile, or ${variable}` })
  }
  if (username === undefined && hasPassword) {
    mistakes.push({ key: passwordKey, message: 'a password needs a username' })
  }
  const password = givenPassword ?? (await read('passwordFile', readPasswordFile))
  const ca = await read('caFile', readCaFile)
  if (url === undefined || mistakes.length > 0) return { settings: undefined, mistakes, warnings: [] }
  const credential = username !== undefined && password !== undefined ? { username, password } : undefined
  const settings: UpstreamSettings = {
    name,
    url,
    credential,
    tagTtlMs: draft.tagTtl ?? DEFAULT_TAG_TTL_MS,
    maxStaleMs: draft.maxStale ?? DEFAULT_MAX_STALE_MS,
    maxDownloads: draft.maxDownloads ?? DEFAULT_MAX_DOWNLOADS,
    bytesPerSecond: draft.bandwidth,
    reserve: draft.reserve ?? DEFAULT_RESERVE,
    allow: draft.allow ?? [EVERY_REPOSITORY],
    tokenHosts: draft.tokenHosts ?? [],
    allowNetworks: [...new Set([...(draft.allowNetworks ?? []), ...loopbackNetworks(url)])],
    ca,
    alias: draft.alias,
    privateFor: draft.privateFor ?? [],
  }
  return { settings, mistakes, warnings: warningsAbout(settings) }
}

function warningsAbout({ name, url, alias, credential }: UpstreamSettings): string[] {
  const warnings: string[] = []
  if (!isRecognisedInPaths(name) && alias === undefined) {
    warnings.push(
      `upstream ${name} cannot stand in an image path: give it an alias, or reach it by ?ns=${name}`,
    )
  }
  if (credential !== undefined && url.protocol === 'http:' && loopbackNetworks(url).length === 0) {
    warnings.push(`upstream ${name} is sent its password over plain http`)
  }
  return warnings
}
