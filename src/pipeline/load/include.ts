import { didYouMean } from '../../suggest.ts'
import type { Position } from '../config/position.ts'
import type { Gaps } from '../gaps.ts'
import type { Findings } from '../mistakes.ts'
import { ProjectFileError, type ProjectFiles } from '../project-files.ts'
import { Field } from '../read/field.ts'
import { deepMerge, withoutKey } from '../yaml/merge.ts'
import { describeNode, entryOf, isNull, type MapNode, mapNode, type YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse-yaml.ts'
import type { IncludeContext } from './include-context.ts'
import { type LocalInclude, readInclude } from './read-include.ts'
import { hasWildcard, matchWildcard } from './wildcard.ts'

/** GitLab's limits: of one file, and of all includes of a pipeline. */
export const MAX_FILE_BYTES = 2 * 1024 * 1024
const MAX_INCLUDES = 150

/** Reads a file with all that it includes, in the order of the lists, a file's own entries over what it includes. */
export class IncludeLoader {
  readonly #files: ProjectFiles
  readonly #context: IncludeContext
  readonly #findings: Findings
  readonly #gaps: Gaps
  readonly #contents = new Map<string, MapNode>()
  #includes = 0

  constructor(files: ProjectFiles, context: IncludeContext, findings: Findings, gaps: Gaps) {
    this.#files = files
    this.#context = context
    this.#findings = findings
    this.#gaps = gaps
  }

  /** Every file that was read, in that order. */
  get filesRead(): readonly string[] {
    return [...this.#contents.keys()]
  }

  /** @param asked where the file is asked for, for the places of mistakes */
  async load(path: string, asked: Position, trail: readonly string[] = []): Promise<MapNode> {
    const content = await this.read(path, asked)
    const include = entryOf(content, 'include')
    if (include === undefined) return content
    let merged = mapNode(new Map(), content.at)
    const items = readInclude(new Field(include.value, 'include', '', this.#findings), this.#gaps)
    for (const item of items) {
      for (const included of await this.#pathsOf(item)) {
        merged = deepMerge(merged, await this.#loadIncluded(included, item, [...trail, path]))
      }
    }
    return deepMerge(merged, withoutKey(content, 'include'))
  }

  async #loadIncluded(path: string, { field }: LocalInclude, trail: readonly string[]): Promise<MapNode> {
    this.#includes++
    if (trail.includes(path)) {
      field.refuse(`goes in a circle: ${[...trail, path].join(' includes ')}`)
      return mapNode(new Map(), field.at)
    }
    // The files after it are not read, so the mistake is found once.
    if (this.#includes > MAX_INCLUDES) {
      if (this.#includes === MAX_INCLUDES + 1) field.refuse(`makes more than ${MAX_INCLUDES} files`)
      return mapNode(new Map(), field.at)
    }
    return this.load(path, field.at, trail)
  }

  async #pathsOf({ path: written, rules, field }: LocalInclude): Promise<readonly string[]> {
    if (rules !== undefined && !this.#context.admits(rules)) return []
    const path = this.#context.expand(written).replace(/^\/+/, '')
    if (path.split('/').includes('..')) {
      field.refuse(`${path} leads out of the project: paths begin at its root`)
      return []
    }
    if (!/\.ya?ml$/.test(path)) {
      field.refuse(`${path} does not end in .yml or .yaml`)
      return []
    }
    if (!hasWildcard(path)) return [path]
    const matched = matchWildcard(path, await this.#files.list())
    if (matched.length === 0) field.refuse(`${path} matches no file of the project`)
    return matched
  }

  /** The file alone. */
  async read(path: string, asked: Position): Promise<MapNode> {
    const known = this.#contents.get(path)
    if (known !== undefined) return known
    const start = { file: path, line: 1, column: 1 }
    const content = this.#contentOf(await this.#parse(path, asked), start)
    this.#contents.set(path, content)
    return content
  }

  async #parse(path: string, asked: Position): Promise<readonly YamlNode[]> {
    try {
      const text = await this.#files.find(path, MAX_FILE_BYTES)
      // JSON may be indented with tabs, YAML may not; within its texts a tab is written \t.
      const yaml = path.endsWith('.json') ? text?.replaceAll('\t', ' ') : text
      if (yaml !== undefined) return parseYaml(yaml, path, this.#findings)
      const meant = didYouMean(path, await this.#files.list())
      this.#findings.mistake(asked, `${path} is not in the project${meant}`)
    } catch (error) {
      if (!(error instanceof ProjectFileError)) throw error
      this.#findings.mistake(asked, error.message)
    }
    return []
  }

  #contentOf(documents: readonly YamlNode[], start: Position): MapNode {
    const nothing = mapNode(new Map(), start)
    const [header, ...rest] = documents
    const hasHeader = header?.kind === 'map' && header.entries.has('spec') && rest.length > 0
    const [content, ...more] = hasHeader ? rest : documents
    if (hasHeader) this.#findings.note(header.at, 'spec has no effect here: inputs are not filled in')
    if (more[0] !== undefined) {
      this.#findings.mistake(more[0].at, 'a pipeline file is one document, with a header for inputs at most')
    }
    if (content === undefined || isNull(content)) return nothing
    if (content.kind === 'map') return content
    this.#findings.mistake(
      content.at,
      `a pipeline file is a map of jobs, and this is ${describeNode(content)}`,
    )
    return nothing
  }
}
