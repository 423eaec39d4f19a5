import { Command } from 'commander'
import type { CacheControl } from '../../server/control/cache-control.ts'
import type { ImageSummaryJson } from '../../server/schemas/control.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { counted, humanAge, humanSize } from '../human.ts'
import { paletteFor } from '../palette.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { type Column, renderTable } from '../table.ts'
import { withCache } from '../with-cache.ts'

export function cacheListCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('list').description('list the images, with how much is here of each')
  return addStorageFlags(command).action((flags: StorageFlags) => run(() => listImages(flags, context)))
}

const PAGE = 1_000

const COLUMNS: readonly Column[] = [
  { title: 'SIZE', align: 'right' },
  { title: 'PULLED', align: 'left' },
  { title: 'PULLS', align: 'right' },
  { title: 'PINNED', align: 'left' },
  { title: 'IMAGE', align: 'left' },
]

function listImages(flags: StorageFlags, context: CliContext): Promise<number> {
  const { stdout, stderr, env, clock } = context
  return withCache(flags, context, async (cache) => {
    const images = await readAll(cache)
    const usage = await cache.usage()
    if (flags.json) {
      stdout.write(`${JSON.stringify({ images, usage })}\n`)
      return EXIT_OK
    }
    if (images.length > 0) {
      const rows = images.map((image) => cellsOf(image, clock.now()))
      const [head = '', ...lines] = renderTable(COLUMNS, rows)
      stdout.write(`${[paletteFor(stdout, env).dim(head), ...lines].join('\n')}\n`)
    }
    const used = `${humanSize(usage.usedBytes)} of ${humanSize(usage.maxBytes)} used`
    stderr.write(`${counted(images.length, 'image')}, ${used}\n`)
    return EXIT_OK
  })
}

async function readAll(cache: CacheControl): Promise<ImageSummaryJson[]> {
  const images: ImageSummaryJson[] = []
  let after: string | null = null
  do {
    const page = await cache.list({ limit: PAGE, ...(after === null ? {} : { after }) })
    images.push(...page.images)
    after = page.after
  } while (after !== null)
  return images
}

function cellsOf({ bytes, lastPulledAt, pulls, pinned, name }: ImageSummaryJson, now: number): string[] {
  return [humanSize(bytes), humanAge(Date.parse(lastPulledAt), now), String(pulls), pinned ? 'yes' : '', name]
}
