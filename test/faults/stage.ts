import { randomBytes } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Cleanups, startWith } from '../support/real/cleanups.ts'
import { MovableClock } from '../support/real/movable-clock.ts'
import {
  type ScriptedUpstream,
  type StoredBlob,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { type Asking, ask, type Reply } from './ask.ts'
import type { Scenario, Verdict } from './scenario.ts'
import type { RunningTarget, Target } from './target.ts'

export const MIB = 1024 * 1024
export const REPOSITORY = 'library/app'
export const BLOBS = { path: /\/blobs\// }

/** What every client of today takes; some proxies refuse an OCI manifest to a client that does not say so. */
export const ALL_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

const SETTLE_POLL_MS = 200
/** Tags are fresh for a second on the one target that keeps them fresh. */
const STALE_AFTER_MS = 1_200

/** An upstream that a scenario breaks, and the target before it. */
export class Stage {
  readonly upstream: ScriptedUpstream
  readonly target: RunningTarget
  /** Where `diskBytes` asked for one. */
  readonly disk: SmallDisk | undefined
  /** Where `movesClock` asked for one. */
  readonly clock: MovableClock | undefined
  /** What else a scenario starts. */
  readonly cleanups: Cleanups

  constructor(parts: Pick<Stage, 'upstream' | 'target' | 'disk' | 'clock' | 'cleanups'>) {
    this.upstream = parts.upstream
    this.target = parts.target
    this.disk = parts.disk
    this.clock = parts.clock
    this.cleanups = parts.cleanups
  }

  addBlob(sizeBytes: number): StoredBlob {
    return this.upstream.addBlob(REPOSITORY, randomBytes(sizeBytes))
  }

  blobUrl(digest: string): string {
    return `${this.target.base}/${REPOSITORY}/blobs/${digest}`
  }

  manifestUrl(reference: string): string {
    return `${this.target.base}/${REPOSITORY}/manifests/${reference}`
  }

  askBlob(digest: string, asking?: Asking): Promise<Reply> {
    return ask(this.blobUrl(digest), asking)
  }

  askManifest(reference: string, asking: Asking = {}): Promise<Reply> {
    return ask(this.manifestUrl(reference), { ...asking, headers: { accept: ALL_TYPES, ...asking.headers } })
  }

  /** Until a tag is asked for again, by targets that do not do so each time. */
  async tagsAreOld(): Promise<void> {
    await delay(STALE_AFTER_MS)
  }

  /** Waits until something is so, and tells whether it became so in time. */
  async becomes(isSo: () => boolean | Promise<boolean>, withinMs = 3_000): Promise<boolean> {
    const giveUpAt = performance.now() + withinMs
    while (performance.now() < giveUpAt) {
      if (await isSo()) return true
      await delay(SETTLE_POLL_MS)
    }
    return isSo()
  }

  /**
   * Whether the target has a file of exactly this size, and leaves it where it is: how a blob that has been
   * written is recognised in any storage.
   */
  async keeps(sizeBytes: number): Promise<boolean> {
    let seen = ''
    return this.becomes(async () => {
      const before = seen
      seen = (await this.filesOf(sizeBytes)).join('\n')
      return seen !== '' && seen === before
    })
  }

  /** The files in the storage that have exactly this size. */
  async filesOf(sizeBytes: number): Promise<string[]> {
    const entries = await readdir(this.target.storage, { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
    const sizes = await Promise.all(
      files.map(async (file) => (await stat(file).catch(() => undefined))?.size),
    )
    return files.filter((_, index) => sizes[index] === sizeBytes)
  }
}

/** Plays one scenario against one kind of target. */
export async function play(scenario: Scenario, kind: Target): Promise<Verdict> {
  await using stage = await setStage(scenario, kind)
  return await scenario.run(stage.stage)
}

function setStage(scenario: Scenario, kind: Target): Promise<AsyncDisposable & { readonly stage: Stage }> {
  return startWith(async (cleanups) => {
    const upstream = cleanups.use(await startScriptedUpstream(scenario.upstream))
    const disk = scenario.diskBytes === undefined ? undefined : await mountSmallDisk(scenario.diskBytes)
    if (disk !== undefined) cleanups.use(disk)
    const clock = scenario.movesClock === true ? await MovableClock.create(cleanups) : undefined
    const target = cleanups.use(
      await kind.start(upstream.url, {
        ...scenario.target,
        ...(disk === undefined ? {} : { storage: disk.path }),
        ...(clock === undefined ? {} : { env: clock.env }),
      }),
    )
    const stage = new Stage({ upstream, target, disk, clock, cleanups })
    return { stage, [Symbol.asyncDispose]: () => cleanups[Symbol.asyncDispose]() }
  })
}
