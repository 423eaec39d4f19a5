import {
  type AliasEvent,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml'
import type { YamlEvents } from '../../yaml/read-events.ts'
import type { Position } from '../config/position.ts'
import type { Findings } from '../mistakes.ts'
import { EventPlaces, type NodeEvent } from './event-places.ts'
import { listNode, type MapEntry, type MapNode, mapNode, textNode, type YamlNode } from './node.ts'
import { readPlainScalar } from './plain-scalar.ts'

const REFERENCE_TAG = '!reference'
const TEXT_TAG = 'tag:yaml.org,2002:str'

type ValueEvent = Exclude<NodeEvent, AliasEvent>

export interface DocumentSource extends Pick<YamlEvents, 'text' | 'events'> {
  /** @param offset in the text of the events */
  readonly positionAt: (offset: number) => Position
  readonly findings: Findings
}

/** Reads one document in its own order, so that an alias finds the last anchor before it. */
export class DocumentReader {
  readonly #source: DocumentSource
  readonly #anchors = new Map<string, YamlNode>()
  #next: number
  readonly #places: EventPlaces

  /** @param start the event that opens the document */
  constructor(source: DocumentSource, start: number) {
    this.#source = source
    this.#next = start
    this.#places = new EventPlaces(source.text)
  }

  /** The event behind the document. */
  get end(): number {
    return this.#next
  }

  /** @returns undefined for an empty document */
  read(): YamlNode | undefined {
    this.#take()
    const content = this.#take()
    const node = content === undefined || isEmpty(content) ? undefined : this.#readNode(content)
    this.#take()
    return node
  }

  #take(): Event | undefined {
    return this.#source.events[this.#next++]
  }

  /** The next event, unless what is open closes here. */
  #takeWithin(): Event | undefined {
    const event = this.#take()
    return event?.type === EVENT_ID.POP ? undefined : event
  }

  #readNode(event: Event): YamlNode {
    if (event.type === EVENT_ID.ALIAS) return this.#readAlias(event)
    if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) {
      throw new TypeError('the events of a YAML document do not nest')
    }
    const node = this.#readValue(event)
    if (event.anchorStart >= 0) {
      this.#anchors.set(this.#source.text.slice(event.anchorStart, event.anchorEnd), node)
    }
    return node
  }

  #readValue(event: ValueEvent): YamlNode {
    if (event.type === EVENT_ID.SCALAR) return this.#readScalar(event)
    return event.type === EVENT_ID.MAPPING ? this.#readMap(event) : this.#readList(event)
  }

  #readAlias(event: AliasEvent): YamlNode {
    const offset = this.#places.startOf(event)
    const name = this.#source.text.slice(event.anchorStart, event.anchorEnd)
    const node = this.#anchors.get(name)
    return node ?? this.#refuse(offset, `*${name} has no &${name} before it in this file`)
  }

  #readScalar(event: ScalarEvent): YamlNode {
    const offset = this.#places.startOf(event)
    const at = this.#source.positionAt(offset)
    const tag = this.#tagOf(event)
    const text = getScalarValue(this.#source.text, event)
    if (event.style !== SCALAR_STYLE.PLAIN || tag === TEXT_TAG) return textNode(text, at)
    const plain = readPlainScalar(text)
    if (plain !== undefined) return { kind: 'scalar', value: plain.value, text: plain.text, at, size: 1 }
    return this.#refuse(offset, `${text} is a date: put it in quotes, GitLab takes no dates`)
  }

  #readList(event: SequenceEvent): YamlNode {
    const offset = this.#places.startOf(event)
    const isReference = this.#writtenTag(event) === REFERENCE_TAG
    if (!isReference) this.#tagOf(event)
    const items: YamlNode[] = []
    for (let item = this.#takeWithin(); item !== undefined; item = this.#takeWithin()) {
      items.push(this.#readNode(item))
    }
    const at = this.#source.positionAt(offset)
    if (!isReference) return listNode(items, at)
    const path = items.flatMap((item) => (item.kind === 'scalar' && item.text !== '' ? [item.text] : []))
    if (path.length > 0 && path.length === items.length) return { kind: 'reference', path, at, size: 1 }
    return this.#refuse(offset, '!reference takes a list of keys: !reference [.setup, script]')
  }

  #readMap(event: MappingEvent): MapNode {
    const at = this.#source.positionAt(this.#places.startOf(event))
    this.#tagOf(event)
    const entries = new Map<string, MapEntry>()
    for (let key = this.#takeWithin(); key !== undefined; key = this.#takeWithin()) {
      this.#readEntry(key, entries)
    }
    return mapNode(entries, at)
  }

  #readEntry(keyEvent: Event, entries: Map<string, MapEntry>): void {
    const key = this.#readNode(keyEvent)
    const keyAt =
      keyEvent.type === EVENT_ID.ALIAS ? this.#source.positionAt(keyEvent.anchorStart - 1) : key.at
    const valueEvent = this.#take()
    if (valueEvent === undefined) return
    const value = this.#readNode(valueEvent)
    if (key.kind !== 'scalar') {
      this.#mistake(keyAt, 'a key is a word, not a list or a map')
    } else if (key.text === '<<' && keyEvent.type === EVENT_ID.SCALAR && keyEvent.tagStart < 0) {
      this.#mergeInto(entries, value)
    } else {
      const text = key.text === '' ? this.#writtenText(keyEvent) : key.text
      entries.set(text, { key: text, keyAt, value: placed(value, keyAt) })
    }
  }

  /** A null has no text of its own, yet `null` was written. */
  #writtenText(event: Event): string {
    return event.type === EVENT_ID.SCALAR ? getScalarValue(this.#source.text, event) : ''
  }

  #mergeInto(entries: Map<string, MapEntry>, value: YamlNode): void {
    const maps = value.kind === 'list' ? value.items.toReversed() : [value]
    for (const map of maps) {
      if (map.kind === 'map') for (const [key, entry] of map.entries) entries.set(key, entry)
      else this.#mistake(map.at, '<< merges a map, or a list of maps: <<: *name')
    }
  }

  #writtenTag({ tagStart, tagEnd }: ValueEvent): string | undefined {
    return tagStart < 0 ? undefined : this.#source.text.slice(tagStart, tagEnd)
  }

  /** The tag in full; tags of one's own are refused. */
  #tagOf(event: ValueEvent): string | undefined {
    const written = this.#writtenTag(event)
    if (written === undefined) return undefined
    const tag = fullTag(written)
    if (tag.startsWith('!')) {
      this.#refuse(event.tagStart, `the tag ${tag} is not known: there is only !reference, with a list`)
    }
    return tag
  }

  #refuse(offset: number, message: string): YamlNode {
    const at = this.#source.positionAt(offset)
    this.#mistake(at, message)
    return { kind: 'scalar', value: null, text: '', at, size: 1 }
  }

  #mistake(at: Position, message: string): void {
    this.#source.findings.mistake(at, message)
  }
}

function isEmpty(event: Event): boolean {
  return event.type === EVENT_ID.SCALAR && event.valueStart < 0 && event.anchorStart < 0 && event.tagStart < 0
}

/** `!!str` with what `!!` stands for; a tag of one's own as it is written. */
function fullTag(written: string): string {
  if (written.startsWith('!<')) return written.slice(2, -1)
  return written.startsWith('!!') ? `tag:yaml.org,2002:${written.slice(2)}` : written
}

// A value that is not there has the place of its key, which is where a person looks.
function placed(value: YamlNode, keyAt: Position): YamlNode {
  return value.kind === 'scalar' && value.value === null ? { ...value, at: keyAt } : value
}
