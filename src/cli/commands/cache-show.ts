import { Command } from 'commander'
import type { ImageDetailsJson } from '../../server/schemas/control.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { counted, humanAge, humanSize } from '../human.ts'
import { type Palette, paletteFor } from '../palette.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { type Column, renderTable } from '../table.ts'
import { withCache } from '../with-cache.ts'

export function cacheShowCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('show')
    .description('show what belongs to an image, and what its tag pointed to')
    .argument('<image>', 'redis:7, ghcr.io/x/y@sha256:...')
  return addStorageFlags(command).action((image: string, flags: StorageFlags) =>
    run(() => showImage(image, flags, context)),
  )
}

/** Enough to tell two apart, and a line of 80 columns has room for the rest; `--json` has them whole. */
const SHORT_DIGEST = 'sha256:'.length + 12

const PARTS: readonly Column[] = [
  { title: '', align: 'left' },
  { title: 'SIZE', align: 'right' },
  { title: 'HERE', align: 'left' },
  { title: 'DIGEST', align: 'left' },
  { title: 'TYPE', align: 'left' },
]

function showImage(image: string, flags: StorageFlags, context: CliContext): Promise<number> {
  const { stdout, env, clock } = context
  return withCache(flags, context, async (cache) => {
    const details = await cache.show(image)
    const lines = flags.json
      ? [JSON.stringify(details)]
      : render(details, clock.now(), paletteFor(stdout, env))
    stdout.write(`${lines.join('\n')}\n`)
    return EXIT_OK
  })
}

function render(details: ImageDetailsJson, now: number, paint: Palette): string[] {
  const { name, digest, bytes, uniqueBytes, lastPulledAt, pulls, pinned } = details
  const pulled = `${humanAge(Date.parse(lastPulledAt), now)} (${shortTime(lastPulledAt)}), ${counted(pulls, 'time')}`
  return [
    paint.bold(name),
    `  digest  ${digest}`,
    `  size    ${humanSize(bytes)}, of which removing it frees ${humanSize(uniqueBytes)}`,
    `  pulled  ${pulled}`,
    `  pinned  ${pinned ? 'yes' : 'no'}`,
    ...parts(details, paint),
    ...history(details, paint),
  ]
}

function parts({ manifests, blobs }: ImageDetailsJson, paint: Palette): string[] {
  const rows = [
    ...manifests.map((part) => ['', ...cellsOf(part), shortType(part.mediaType ?? 'manifest')]),
    ...blobs.map((part) => ['', ...cellsOf(part), 'blob']),
  ]
  const [head = '', ...lines] = renderTable(PARTS, rows)
  return ['', paint.dim(head), ...lines]
}

function cellsOf(part: { sizeBytes: number; present: boolean; digest: string }): string[] {
  return [humanSize(part.sizeBytes), part.present ? 'yes' : 'no', part.digest.slice(0, SHORT_DIGEST)]
}

function history({ history }: ImageDetailsJson, paint: Palette): string[] {
  if (history.length === 0) return []
  return ['', paint.dim('  THE TAG POINTED TO'), ...history.flatMap(version)]
}

function version({ since, digest }: { since: string; digest: string }, index: number): string[] {
  return [`  since ${shortTime(since)}${index === 0 ? ', now' : ''}`, `    ${digest}`]
}

/** `application/vnd.oci.image.index.v1+json` as `oci.image.index`. */
function shortType(mediaType: string): string {
  return mediaType.replace(/^application\/vnd\./, '').replace(/\.v\d\+json$/, '')
}

function shortTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}
