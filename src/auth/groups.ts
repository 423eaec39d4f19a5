import type { Clock } from '../clock.ts'
import { compileGlob } from '../oci/glob.ts'
import type { GroupPath } from '../oci/group-path.ts'
import type { GroupCatalog, StoredGroup } from '../store/access-catalog.ts'
import { AccessError } from './errors.ts'
import { ancestorsOf, type GroupRules, inheritRules } from './group-rules.ts'

/** A group with what it inherits. */
export interface Group {
  readonly path: GroupPath
  readonly origin: 'settings' | 'command'
  /** Those above it, declared or not, the nearest first. */
  readonly ancestors: readonly GroupPath[]
  readonly rules: GroupRules
  /** Whether it may use a repository, named `<registry>/<repository>`. */
  mayUse(repository: string): boolean
}

export interface GroupsParts {
  /** Of the settings: they stand until the next start. */
  readonly declared: ReadonlyMap<GroupPath, GroupRules>
  readonly catalog: GroupCatalog
  readonly clock: Clock
}

const NO_LOGINS: GroupRules['logins'] = new Map()

/** The groups of the settings, and those that were declared by command. All in memory: every request asks. */
export class Groups {
  readonly #declared: GroupsParts['declared']
  readonly #catalog: GroupCatalog
  readonly #clock: Clock
  #byPath: ReadonlyMap<GroupPath, Group> = new Map()
  #sorted: readonly Group[] = []

  constructor(parts: GroupsParts) {
    this.#declared = parts.declared
    this.#catalog = parts.catalog
    this.#clock = parts.clock
  }

  /** Reads those declared by command. Before anything else. */
  async open(): Promise<void> {
    this.#compile(await this.#catalog.list())
  }

  get(path: GroupPath): Group | undefined {
    return this.#byPath.get(path)
  }

  /** @throws AccessError group-unknown */
  load(path: GroupPath): Group {
    return this.#byPath.get(path) ?? this.#unknown(path)
  }

  /** In the order of paths. */
  list(): readonly Group[] {
    return this.#sorted
  }

  /** @throws AccessError group-exists */
  async create(wanted: Omit<StoredGroup, 'createdAt'>): Promise<Group> {
    const isTaken =
      this.#declared.has(wanted.path) ||
      !(await this.#catalog.add({ ...wanted, createdAt: this.#clock.now() }))
    if (isTaken) throw new AccessError('group-exists', `the group ${wanted.path} is there already`)
    this.#compile(await this.#catalog.list())
    return this.load(wanted.path)
  }

  /** @throws AccessError group-unknown, group-in-settings */
  async remove(path: GroupPath): Promise<void> {
    if (this.#declared.has(path)) {
      const message = `the group ${path} is declared in the settings: take it away there, and start again`
      throw new AccessError('group-in-settings', message)
    }
    if (!(await this.#catalog.delete(path))) this.#unknown(path)
    this.#compile(await this.#catalog.list())
  }

  #compile(stored: readonly StoredGroup[]): void {
    const rules = new Map<GroupPath, GroupRules>()
    for (const { path, repositories, anonymousNetworks } of stored) {
      rules.set(path, { repositories, anonymousNetworks, logins: NO_LOGINS })
    }
    for (const [path, own] of this.#declared) rules.set(path, own)
    const find = (path: GroupPath): GroupRules | undefined => rules.get(path)
    this.#byPath = new Map(
      [...rules.keys()].map((path) => {
        const origin = this.#declared.has(path) ? 'settings' : 'command'
        return [path, compileGroup(path, origin, inheritRules(path, find))]
      }),
    )
    this.#sorted = [...this.#byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  #unknown(path: GroupPath): never {
    throw new AccessError('group-unknown', `there is no group ${path}: \`entrepot group list\` shows them`)
  }
}

function compileGroup(path: GroupPath, origin: Group['origin'], rules: GroupRules): Group {
  const globs = rules.repositories?.map(compileGlob)
  return {
    path,
    origin,
    ancestors: ancestorsOf(path),
    rules,
    mayUse: (repository) => globs === undefined || globs.some((matches) => matches(repository)),
  }
}
