import { type MapEntry, type MapNode, mapNode } from './node.ts'

/** Both maps, the second on top: maps merge, and everything else, lists too, is replaced. */
export function deepMerge(under: MapNode, over: MapNode): MapNode {
  if (over.entries.size === 0) return under
  const entries = new Map<string, MapEntry>(under.entries)
  for (const [key, entry] of over.entries) {
    const below = entries.get(key)?.value
    const merges = below?.kind === 'map' && entry.value.kind === 'map'
    entries.set(key, merges ? { ...entry, value: deepMerge(below, entry.value) } : entry)
  }
  return mapNode(entries, over.at)
}

export function withoutKey(map: MapNode, key: string): MapNode {
  if (!map.entries.has(key)) return map
  return mapNode(new Map([...map.entries].filter(([name]) => name !== key)), map.at)
}
