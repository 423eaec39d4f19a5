import type { Audit } from '../auth/audit.ts'
import type { PullTarget } from '../cache/access.ts'
import type { CacheAdmin } from '../cache/cache-admin.ts'
import { PullThrough } from '../cache/pull-through.ts'
import type { Clock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import type { Log } from '../log.ts'
import { OciError } from '../oci/errors.ts'
import { canonicalImageName, type ImageName } from '../oci/image-name.ts'
import type { OciTarget } from '../oci/request.ts'
import type { ProofKey } from '../store/catalog.ts'
import { DiskBlobStore } from '../store/disk-blob-store.ts'
import { DiskIngests } from '../store/disk-ingests.ts'
import { measureFreeSpace } from '../store/free-space.ts'
import { LimitsFile } from '../store/limits-file.ts'
import type { PullDayCatalog } from '../store/pull-day-catalog.ts'
import { RotatingFile } from '../store/rotating-file.ts'
import { ScrubMarkFile } from '../store/scrub-mark-file.ts'
import { SqliteCatalog } from '../store/sqlite/sqlite-catalog.ts'
import { checkStorage } from '../store/storage-check.ts'
import { storageTroubleOf } from '../store/storage-error.ts'
import { StorageLayout } from '../store/storage-layout.ts'
import { StorageLock } from '../store/storage-lock.ts'
import { BufferPool } from '../streams/buffer-pool.ts'
import type { RequestedTarget } from '../upstream/routing.ts'
import type { UpstreamTiming } from '../upstream/timing.ts'
import { version } from '../version.ts'
import { frontedRegistries } from './about.ts'
import { type Access, openAccess } from './access.ts'
import { AUDIT_BOUNDS, AuditLog, onAuditLoss } from './audit-log.ts'
import { CredentialPruning } from './credential-pruning.ts'
import type { Admission } from './door-keeper.ts'
import { GrantCheck } from './grant-check.ts'
import { IndexChildren } from './index-children.ts'
import { JobCredentials } from './job-credentials.ts'
import { Metrics } from './metrics/metrics.ts'
import { openCatalog } from './open-catalog.ts'
import { PullDays } from './pull-days.ts'
import { logPull } from './pull-line.ts'
import { PullLog } from './pull-log.ts'
import type { FrontedRegistry } from './routes/job-credentials.ts'
import { decideSpaceRules } from './space-rules.ts'
import type { UpstreamReport } from './upstream-report.ts'
import { openUpstreams } from './upstreams.ts'
import type { Books } from './v2/note-pull.ts'

/** What all buffers on their way to clients may take together. */
const MAX_BUFFER_BYTES = 96 * 1024 * 1024

/** Everything a request handler may use. Made once per server; the only place that makes concrete classes. */
export interface AppContext {
  readonly cache: PullThrough
  readonly admin: CacheAdmin
  readonly pool: BufferPool
  readonly access: Access
  readonly jobs: JobCredentials
  readonly books: Books
  /** What was pulled, as far as it was written down. */
  readonly pullDays: Pick<PullDayCatalog, 'sum' | 'listTop'>
  /** From which something may be pulled. */
  readonly registries: readonly FrontedRegistry[]
  readonly audit: Audit
  readonly metrics: Metrics
  readonly externalUrl: URL | undefined
  readonly log: Log
  readonly clock: Clock
  /**
   * The upstream and the repository that an image's name means.
   * @throws OciError as UpstreamRouter.route
   */
  route(image: ImageName): Pick<PullTarget, 'policy' | 'repository'>
  /** The canonical name of an image, whatever is configured or allowed now. */
  imageName(image: ImageName): string
  /**
   * From what a client wrote to what is pulled.
   * @throws OciError as UpstreamRouter.route, and DENIED for what those who were let in may not pull
   */
  target(written: OciTarget, admission: Admission): PullTarget
  /** How each upstream does, and what it still lets us pull. */
  listUpstreams(): readonly UpstreamReport[]
  /** Rejects with the reason when the storage or the catalog cannot be written now. */
  checkReady(): Promise<void>
  /** Says where this server is reached, for others on this machine, if there is room for it. */
  announce(url: string): Promise<void>
  /** Compares disk and catalog, and collects and forgets what is old, in the background, until `close`. */
  lookAfter(): void
  /** Suspends downloads, and closes upstreams, catalog and storage. */
  close(): Promise<void>
}

export interface ContextOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
  readonly upstreamTiming: Partial<UpstreamTiming>
  /** Does not make a storage where there is none. */
  readonly mustExist?: boolean
}

/** @throws StorageInUseError, StorageMissing, CatalogTooNew, or the file system's error */
export async function openContext(options: ContextOptions): Promise<AppContext> {
  const { settings, clock, log } = options
  const layout = new StorageLayout(settings.storage.path)
  if (options.mustExist === true) await layout.mustExist()
  await layout.create()
  const lock = await StorageLock.acquire(layout)
  try {
    const { catalog, isReal } = openCatalog((mode) => new SqliteCatalog(layout.catalog, mode), log)
    const store = new DiskBlobStore(layout)
    const ingests = new DiskIngests(layout)
    const upstreams = openUpstreams({
      ...options,
      userAgent: `entrepot/${version}`,
      rateNotes: new LimitsFile(layout),
    })
    await upstreams.restore()
    const measure = () => measureFreeSpace(layout.root)
    const space = await decideSpaceRules(settings.storage, catalog.space, measure, log, isReal)
    const scrub = {
      marks: new ScrubMarkFile(layout),
      bytesPerSecond: settings.storage.scrubBytesPerSecond,
    }
    const auditFile = new RotatingFile({ path: layout.audit, ...AUDIT_BOUNDS, onLoss: onAuditLoss(log) })
    const audit = new AuditLog(auditFile, log, clock)
    const access = await openAccess({ settings, catalog, clock, audit })
    const jobs = new JobCredentials({
      ...access,
      audit,
      vault: access.jobLogins,
      upstreamOf: (registry) => upstreams.router.nameOf(registry),
    })
    const targetOf = ({ upstream, repository, scope }: ProofKey): PullTarget | undefined => {
      const policy = upstreams.policies.get(upstream)
      const found = policy && access.readers.find(policy, scope)
      return found && { policy, repository, access: found }
    }
    const cache = new PullThrough({ store, ingests, catalog, space, scrub, targetOf, clock, log })
    await cache.open()
    const metrics = new Metrics({
      upstreams: { meters: upstreams.meters, list: () => upstreams.report() },
      activity: () => cache.activity,
      usage: () => cache.admin.usage(),
      credentials: access.credentials,
      clock,
    })
    const pullDays = new PullDays(catalog.pullDays, clock, log)
    const pulls = new PullLog(clock, (pull) => {
      pullDays.note(pull)
      metrics.pulls.note(pull)
      logPull(log, pull)
    })
    const pruning = new CredentialPruning(access.credentials, clock, log)
    const grants = new GrantCheck()
    const route = (written: RequestedTarget) => {
      const { upstream, repository } = upstreams.router.route(written)
      const policy = upstreams.policies.get(upstream)
      if (policy === undefined) throw new OciError('NAME_UNKNOWN', `${upstream} is not cached here`)
      return { policy, repository }
    }
    return {
      cache,
      admin: cache.admin,
      pool: new BufferPool(MAX_BUFFER_BYTES),
      access,
      pullDays: catalog.pullDays,
      books: { ledger: access.ledger, pulls, indexes: new IndexChildren() },
      jobs,
      registries: frontedRegistries(settings),
      audit,
      metrics,
      externalUrl: settings.externalUrl,
      log,
      clock,
      route: (image) => route({ ...image, ns: undefined }),
      imageName: (image) => {
        const { upstream, repository } = upstreams.router.locate({ ...image, ns: undefined })
        return canonicalImageName(upstream, repository, image.reference)
      },
      target: (written, admission) => {
        const { policy, repository } = route(written)
        grants.demand(admission, policy.name, repository)
        return { policy, repository, access: access.readers.of(policy, admission) }
      },
      listUpstreams: () => upstreams.report(),
      checkReady: async () => {
        await catalog.check()
        await checkStorage(layout)
      },
      announce: async (url) => {
        try {
          await lock.announce(url)
        } catch (error) {
          if (storageTroubleOf(error) === undefined) throw error
          log.warn({ event: 'storage.unannounced', err: error }, 'where this server is could not be written')
        }
      },
      lookAfter: () => {
        // Without the real catalog every file would seem to be one too many.
        if (isReal) cache.lookAfter()
        pruning.start()
      },
      close: async () => {
        await pulls.close()
        await pullDays.close()
        metrics[Symbol.dispose]()
        access.jobLogins.close()
        access.jobMirrors.close()
        await pruning.stop()
        await cache.suspend()
        await upstreams.close()
        await catalog.close()
        await auditFile.close()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}
