import type { Database } from 'better-sqlite3'
import type { Catalog, CatalogMode } from '../catalog.ts'
import { BlobTable } from './blob-table.ts'
import { Checkpointer } from './checkpointer.ts'
import { CredentialTable } from './credential-table.ts'
import { DurableWrites } from './durable-writes.ts'
import { GroupTable } from './group-table.ts'
import { ImageTable } from './image-table.ts'
import { ListTable } from './list-table.ts'
import { LoginKeyTable } from './login-key-table.ts'
import { ManifestTable } from './manifest-table.ts'
import { openDatabase } from './open-database.ts'
import { ProofTable } from './proof-table.ts'
import { PullDayTable } from './pull-day-table.ts'
import { SigningKeyTable } from './signing-key-table.ts'
import { SpaceTable } from './space-table.ts'
import { TagTable } from './tag-table.ts'

/** The catalog in one SQLite file beside the blobs. */
export class SqliteCatalog implements Catalog {
  readonly manifests: ManifestTable
  readonly blobs: BlobTable
  readonly tags: TagTable
  readonly proofs: ProofTable
  readonly images: ImageTable
  readonly space: SpaceTable
  readonly lists: ListTable
  readonly pullDays: PullDayTable
  readonly credentials: CredentialTable
  readonly groups: GroupTable
  readonly signingKeys: SigningKeyTable
  readonly loginKey: LoginKeyTable
  readonly #database: Database
  readonly #durable: DurableWrites
  readonly #checkpointer: Checkpointer | undefined

  /** @throws CatalogTooNew */
  constructor(path: string, mode: CatalogMode = 'shared') {
    this.#database = openDatabase(path, mode)
    // Alone means that no second connection can be opened either.
    if (mode === 'shared') this.#checkpointer = new Checkpointer(this.#database, path)
    this.manifests = new ManifestTable(this.#database)
    this.blobs = new BlobTable(this.#database)
    this.tags = new TagTable(this.#database)
    this.proofs = new ProofTable(this.#database)
    this.images = new ImageTable(this.#database)
    this.lists = new ListTable(this.#database)
    this.pullDays = new PullDayTable(this.#database)
    const writes = new DurableWrites(this.#database)
    this.#durable = writes
    this.credentials = new CredentialTable(this.#database, writes)
    this.groups = new GroupTable(this.#database, writes)
    this.signingKeys = new SigningKeyTable(this.#database, writes)
    this.loginKey = new LoginKeyTable(this.#database, writes)
    this.space = new SpaceTable(this.#database, this.#checkpointer)
  }

  async check(): Promise<void> {
    // A real write, of what is there already: a disk that is full is found out in no other way.
    const version = this.#database.pragma('user_version', { simple: true }) as number
    this.#database.transaction(() => this.#database.pragma(`user_version = ${version}`)).immediate()
  }

  async close(): Promise<void> {
    await this.#durable.close()
    await this.#checkpointer?.close()
    this.#database.close()
  }
}
