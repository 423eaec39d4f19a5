import { EVENT_ID, type Event, getScalarValue } from 'js-yaml'
import type { YamlEvents } from '../yaml/read-events.ts'
import { startOf } from '../yaml/start-of.ts'
import type { SettingsPath } from './settings-tree.ts'

/**
 * Where a key, a list item, or else the nearest thing around it stands in the first document.
 * @returns undefined in an empty one
 */
export function offsetOf(source: YamlEvents, path: SettingsPath): number | undefined {
  let index = 1
  let offset = startOf(source.events[index])
  for (const key of path) {
    const child = childOf(source, index, key)
    const found = child && (startOf(source.events[child.named]) ?? startOf(source.events[child.value]))
    if (child === undefined || found === undefined) return offset
    offset = found
    index = child.value
  }
  return offset
}

/** Indexes of the events of a key, or of the item itself, and of its value. */
interface Child {
  readonly named: number
  readonly value: number
}

function childOf({ text, events }: YamlEvents, parent: number, key: string | number): Child | undefined {
  const isMap = events[parent]?.type === EVENT_ID.MAPPING
  if (!isMap && events[parent]?.type !== EVENT_ID.SEQUENCE) return undefined
  const end = endOf(events, parent) - 1
  for (let named = parent + 1, position = 0; named < end; position++) {
    const value = isMap ? endOf(events, named) : named
    if (isMap ? isKey(text, events[named], key) : position === key) return { named, value }
    named = endOf(events, value)
  }
  return undefined
}

// Names are lower-cased after reading, so keys are compared without case.
function isKey(text: string, event: Event | undefined, key: string | number): boolean {
  if (event?.type !== EVENT_ID.SCALAR) return false
  return getScalarValue(text, event).toLowerCase() === String(key).toLowerCase()
}

/** The index behind all events of a node. */
function endOf(events: readonly Event[], index: number): number {
  let open = 0
  for (let at = index; at < events.length; at++) {
    const type = events[at]?.type
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) open++
    if (type === EVENT_ID.POP) open--
    if (open === 0) return at + 1
  }
  return events.length
}
