import { type CacheConfig, type CacheKeyConfig, SAVE_WHENS } from '../config/artifact-config.ts'
import type { Field } from './field.ts'

const CACHE_KEYWORDS = {
  read: ['key', 'fallback_keys', 'paths', 'untracked', 'policy', 'when', 'unprotect'],
}
const KEY_KEYWORDS = { read: ['files', 'prefix'], noted: ['files_commits'] }
const POLICIES = ['pull', 'push', 'pull-push'] as const
const DEFAULT_KEY: CacheKeyConfig = { kind: 'text', text: 'default' }

/** GitLab's limits. */
const MAX_CACHES = 4
const MAX_KEY_FILES = 2
const MAX_FALLBACK_KEYS = 5

/** An empty map or list is how a job does without the cache of all. */
export function readCaches(field: Field): readonly CacheConfig[] {
  const items = field.isMap ? [field] : (field.flatItems() ?? [])
  if (items.length > MAX_CACHES) field.refuse(`has ${items.length} caches, and GitLab takes ${MAX_CACHES}`)
  return items.flatMap((item) => readCache(item) ?? [])
}

function readCache(field: Field): CacheConfig | undefined {
  const map = field.map(CACHE_KEYWORDS)
  if (map === undefined || map.keys.length === 0) return undefined
  const key = map.get('key')
  const policy = map.get('policy')
  const fallback = map.get('fallback_keys')
  const fallbackKeys = fallback?.texts() ?? []
  if (fallbackKeys.length > MAX_FALLBACK_KEYS) fallback?.refuse(`takes ${MAX_FALLBACK_KEYS} keys at most`)
  return {
    key: (key && readKey(key)) ?? DEFAULT_KEY,
    fallbackKeys,
    paths: map.get('paths')?.texts() ?? [],
    isUntracked: map.get('untracked')?.boolean() ?? false,
    policy: (policy && readPolicy(policy)) ?? 'pull-push',
    when: map.get('when')?.choice(SAVE_WHENS) ?? 'on_success',
    unprotect: map.get('unprotect')?.boolean() ?? false,
  }
}

function readKey(field: Field): CacheKeyConfig | undefined {
  if (!field.isMap) {
    const text = field.textOrNumber()
    if (text === undefined) return undefined
    if (text.includes('/') || text === '.' || text === '..') return field.refuse('must not have a / in it')
    return { kind: 'text', text }
  }
  const map = field.map(KEY_KEYWORDS)
  const files = map?.get('files')?.texts() ?? []
  if (files.length === 0) return field.refuse('takes text, or files whose content makes the key')
  if (files.length > MAX_KEY_FILES) field.refuse(`takes ${MAX_KEY_FILES} files at most`)
  return { kind: 'files', files, prefix: map?.get('prefix')?.textOrNumber() }
}

function readPolicy(field: Field): string | undefined {
  const text = field.text()
  return text?.includes('$') ? text : field.choice(POLICIES)
}
