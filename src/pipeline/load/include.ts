import { redactUrl } from '../../redact.ts'
import { didYouMean } from '../../suggest.ts'
import type { Position } from '../config/position.ts'
import type { Gaps } from '../gaps.ts'
import type { GivenInputs } from '../inputs/choose-inputs.ts'
import type { Findings } from '../mistakes.ts'
import { ProjectFileError, type ProjectFiles } from '../project-files.ts'
import { Field } from '../read/field.ts'
import { deepMerge, withoutKey } from '../yaml/merge.ts'
import { entryOf, type MapNode, mapNode } from '../yaml/node.ts'
import type { IncludeContext } from './include-context.ts'
import { isAddress } from './is-address.ts'
import { readFileContent } from './read-file-content.ts'
import { type IncludeItem, readInclude } from './read-include.ts'
import { RemoteFileError, type RemoteFiles } from './remote-files.ts'
import { hasWildcard, matchWildcard } from './wildcard.ts'

/** GitLab's limits: of one file, and of all includes of a pipeline. */
export const MAX_FILE_BYTES = 2 * 1024 * 1024
const MAX_INCLUDES = 150

export interface IncludeParts {
  readonly files: ProjectFiles
  readonly context: IncludeContext
  /** Undefined: files of other servers are not read. */
  readonly remote: RemoteFiles | undefined
  readonly findings: Findings
  readonly gaps: Gaps
}

/** Reads a file with all that it includes, in the order of the lists, a file's own entries over what it includes. */
export class IncludeLoader {
  readonly #parts: IncludeParts
  /** Of those without inputs. */
  readonly #contents = new Map<string, MapNode>()
  readonly #texts = new Map<string, string | undefined>()
  readonly #names = new Set<string>()
  #includes = 0

  constructor(parts: IncludeParts) {
    this.#parts = parts
  }

  /** Every file that was read, in that order. */
  get filesRead(): readonly string[] {
    return [...this.#names]
  }

  /**
   * @param name a path of the project, or an address
   * @param asked where the file is asked for, for the places of mistakes
   */
  async load(
    name: string,
    asked: Position,
    inputs: GivenInputs,
    trail: readonly string[] = [],
    integrity?: string,
  ): Promise<MapNode> {
    const { findings, gaps, remote } = this.#parts
    const content = await this.read(name, asked, inputs, integrity)
    const include = entryOf(content, 'include')
    if (include === undefined) return content
    let merged = mapNode(new Map(), content.at)
    const field = new Field(include.value, 'include', '', findings)
    for (const item of readInclude(field, gaps, remote !== undefined)) {
      for (const included of await this.#namesOf(item, name)) {
        merged = deepMerge(merged, await this.#loadIncluded(included, item, [...trail, name]))
      }
    }
    return deepMerge(merged, withoutKey(content, 'include'))
  }

  async #loadIncluded(
    name: string,
    { field, inputs, integrity }: IncludeItem,
    trail: readonly string[],
  ): Promise<MapNode> {
    this.#includes++
    if (trail.includes(name)) {
      field.refuse(`goes in a circle: ${[...trail, name].map(shownName).join(' includes ')}`)
      return mapNode(new Map(), field.at)
    }
    // The files after it are not read, so the mistake is found once.
    if (this.#includes > MAX_INCLUDES) {
      if (this.#includes === MAX_INCLUDES + 1) field.refuse(`makes more than ${MAX_INCLUDES} files`)
      return mapNode(new Map(), field.at)
    }
    return this.load(name, field.at, inputs, trail, integrity)
  }

  async #namesOf(
    { kind, name: written, rules, field }: IncludeItem,
    from: string,
  ): Promise<readonly string[]> {
    const { context, files } = this.#parts
    if (rules !== undefined && !context.admits(rules)) return []
    const name = context.expand(written)
    if (kind === 'remote') {
      if (isAddress(name)) return [name]
      field.refuse(`${name} is no address: https://…`)
      return []
    }
    if (isAddress(from)) {
      field.refuse(
        `${name} is asked for by a file of another server, which cannot name files of this project`,
      )
      return []
    }
    const path = name.replace(/^\/+/, '')
    if (path.split('/').includes('..')) {
      field.refuse(`${path} leads out of the project: paths begin at its root`)
      return []
    }
    if (!/\.ya?ml$/.test(path)) {
      field.refuse(`${path} does not end in .yml or .yaml`)
      return []
    }
    if (!hasWildcard(path)) return [path]
    const matched = matchWildcard(path, await files.list())
    if (matched.length === 0) field.refuse(`${path} matches no file of the project`)
    return matched
  }

  /** The file alone. */
  async read(name: string, asked: Position, inputs: GivenInputs, integrity?: string): Promise<MapNode> {
    const known = inputs.size === 0 ? this.#contents.get(name) : undefined
    if (known !== undefined) return known
    const shown = shownName(name)
    this.#names.add(shown)
    const start = { file: shown, line: 1, column: 1 }
    const text = await this.#textOf(name, asked, integrity)
    const content =
      text === undefined
        ? mapNode(new Map(), start)
        : readFileContent(shown, text, inputs, asked, this.#parts)
    if (inputs.size === 0) this.#contents.set(name, content)
    return content
  }

  async #textOf(name: string, asked: Position, integrity: string | undefined): Promise<string | undefined> {
    const key = `${name} ${integrity ?? ''}`
    if (this.#texts.has(key)) return this.#texts.get(key)
    const text = await (isAddress(name) ? this.#fetch(name, asked, integrity) : this.#find(name, asked))
    this.#texts.set(key, text)
    return text
  }

  async #find(path: string, asked: Position): Promise<string | undefined> {
    const { files, findings } = this.#parts
    try {
      const text = await files.find(path, MAX_FILE_BYTES)
      if (text !== undefined) return text
      findings.mistake(asked, `${path} is not in the project${didYouMean(path, await files.list())}`)
    } catch (error) {
      if (!(error instanceof ProjectFileError)) throw error
      findings.mistake(asked, error.message)
    }
    return undefined
  }

  async #fetch(url: string, asked: Position, integrity: string | undefined): Promise<string | undefined> {
    const { remote, findings } = this.#parts
    try {
      return await remote?.fetch(url, integrity, MAX_FILE_BYTES)
    } catch (error) {
      if (!(error instanceof RemoteFileError)) throw error
      findings.mistake(asked, `${redactUrl(url)} ${error.message}`)
    }
    return undefined
  }
}

function shownName(name: string): string {
  return isAddress(name) ? redactUrl(name) : name
}
