import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { parseAccessLogLine } from '../../test/support/real/access-log.ts'
import { startWith } from '../../test/support/real/cleanups.ts'
import { requireProgram } from '../../test/support/real/component.ts'
import { pushImage } from '../../test/support/real/push-image.ts'
import { scratchDir } from '../../test/support/real/scratch-dir.ts'
import { Child } from '../peers/child.ts'
import { freePort } from '../peers/free-port.ts'
import { type BenchImage, makeBenchImage } from './bench-image.ts'

export interface Upstream extends AsyncDisposable {
  readonly url: string
  readonly image: BenchImage
  /** GETs of the big blob that brought more than a probe does, so far. Logged when a reply has ended. */
  countDownloads(): Promise<number>
}

/** Smaller replies (`bytes=0-0`) ask whether the blob is there; they do not bring it. */
const PROBE_BYTES = 64 * 1024

/** The docker-registry that all peers stand before. Its access log counts the downloads. */
export function startUpstream(): Promise<Upstream> {
  return startWith(async (cleanups) => {
    const dir = await scratchDir('bench-upstream', cleanups)
    const port = await freePort()
    const child = cleanups.use(await startRegistry(dir, port))
    const url = `http://127.0.0.1:${port}`
    const image = await pushed(dir, url)
    return {
      url,
      image,
      countDownloads: () => countDownloads(child, image.bigBlob.digest),
      [Symbol.asyncDispose]: () => cleanups[Symbol.asyncDispose](),
    }
  })
}

async function startRegistry(dir: string, port: number): Promise<Child> {
  const settingsPath = join(dir, 'config.yml')
  const settings = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(dir, 'data') } },
    http: { addr: `127.0.0.1:${port}` },
  }
  await writeFile(settingsPath, dump(settings))
  const child = new Child(requireProgram('docker-registry'), ['serve', settingsPath], join(dir, 'log'), dir)
  try {
    await child.ready(`http://127.0.0.1:${port}/v2/`)
    return child
  } catch (error) {
    await child[Symbol.asyncDispose]()
    throw error
  }
}

async function pushed(dir: string, url: string): Promise<BenchImage> {
  const source = join(dir, 'image')
  await mkdir(source)
  const image = await makeBenchImage(source)
  await pushImage(url, image)
  await rm(source, { recursive: true })
  return image
}

async function countDownloads(child: Child, digest: string): Promise<number> {
  const entries = (await child.log).split('\n').flatMap((line) => parseAccessLogLine(line) ?? [])
  return entries.filter(
    ({ method, url, bytes }) => method === 'GET' && url.includes(digest) && bytes > PROBE_BYTES,
  ).length
}
