import { type MapEntry, type MapNode, mapNode } from './node.ts'

/** Both maps, the second on top: maps merge, and everything else, lists too, is replaced. */
export function deepMerge(under: MapNode, over: MapNode): MapNode {
  if (over.entries.size === 0) return under
  if (under.entries.size === 0) return over
  const entries = new Map<string, MapEntry>(under.entries)
  for (const entry of over.entries.values()) {
    const below = entries.get(entry.key)?.value
    const merges = below?.kind === 'map' && entry.value.kind === 'map'
    entries.set(entry.key, merges ? { ...entry, value: deepMerge(below, entry.value) } : entry)
  }
  return mapNode(entries, over.at)
}

export function withoutKey(map: MapNode, key: string): MapNode {
  if (!map.entries.has(key)) return map
  return mapNode(new Map([...map.entries].filter(([name]) => name !== key)), map.at)
}
