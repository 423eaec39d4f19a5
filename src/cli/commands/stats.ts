import { Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../../duration.ts'
import type { StatsReply, UpstreamsReply, UsageReply } from '../../server/schemas/control.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { counted, humanSize, humanSpan } from '../human.ts'
import { paletteFor } from '../palette.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { type Column, renderTable } from '../table.ts'
import { withCache } from '../with-cache.ts'

interface StatsFlags extends StorageFlags {
  readonly since: number
}

interface Told {
  readonly stats: StatsReply
  readonly usage: UsageReply
  readonly upstreams: UpstreamsReply['upstreams']
}

const SEVEN_DAYS_MS = 7 * 86_400_000

const EXPLANATION = `
A pull is what one client asks of one image at a time, told a few seconds after it.
Pulls are added up by days in UTC, of which 90 are kept.
  hit           nothing had to be fetched for it
  pulls saved   those for which the upstream gave no manifest: it did not count them
`

const COLUMNS: readonly Column[] = [
  { title: 'PULLS', align: 'right' },
  { title: 'HITS', align: 'right' },
  { title: 'SENT', align: 'right' },
  { title: 'SAVED', align: 'right' },
  { title: 'IMAGE', align: 'left' },
]

export function statsCommand(context: CliContext, run: RunCommand): Command {
  const since = new Option('--since <time>', 'how far back, such as 24h or 30d')
    .argParser(readSince)
    .default(SEVEN_DAYS_MS, '7d')
  const command = new Command('stats')
    .description('show what was pulled, and what the cache saved')
    .addOption(since)
    .addHelpText('after', EXPLANATION)
  return addStorageFlags(command).action((flags: StatsFlags) => run(() => showStats(flags, context)))
}

function readSince(text: string): number {
  const sinceMs = parseDuration(text)
  if (sinceMs !== undefined && sinceMs > 0) return sinceMs
  throw new InvalidArgumentError('expected a duration such as 24h or 7d.')
}

function showStats(flags: StatsFlags, context: CliContext): Promise<number> {
  const { stdout, env } = context
  return withCache(flags, context, async (cache) => {
    const stats = await cache.stats({ sinceMs: flags.since })
    const [usage, { upstreams }] = [await cache.usage(), await cache.upstreams()]
    const told = { stats, usage, upstreams }
    const lines = flags.json
      ? [JSON.stringify({ ...stats, usage, upstreams })]
      : render(told, paletteFor(stdout, env).dim)
    stdout.write(`${lines.join('\n')}\n`)
    return EXIT_OK
  })
}

function render({ stats, usage, upstreams }: Told, dim: (text: string) => string): string[] {
  const { since, pulls, hits, savedPulls, bytes, savedBytes, upstreamRequests, images } = stats
  const facts: [string, string][] = [
    ['since', since.slice(0, 10)],
    ['pulls', String(pulls)],
    ['hits', pulls === 0 ? '0' : `${hits} (${percent(hits, pulls)})`],
    ['pulls saved', String(savedPulls)],
    ['sent', humanSize(bytes)],
    ['bytes saved', bytes === 0 ? '0 B' : `${humanSize(savedBytes)} (${percent(savedBytes, bytes)})`],
    ['upstream requests', String(upstreamRequests)],
    ['storage', `${humanSize(usage.usedBytes)} of ${humanSize(usage.maxBytes)} used`],
    ...upstreams.flatMap((upstream) => limitOf(upstream)),
  ]
  const width = Math.max(...facts.map(([name]) => name.length))
  const lines = facts.map(([name, value]) => `${dim(name.padEnd(width))}  ${value}`)
  if (images.length === 0) return lines
  const rows = images.map((image) => [
    String(image.pulls),
    String(image.hits),
    humanSize(image.bytes),
    humanSize(image.savedBytes),
    image.name,
  ])
  const [head = '', ...table] = renderTable(COLUMNS, rows)
  return [...lines, '', dim(head), ...table]
}

/** Only of those that told one. */
function limitOf({ name, limit, remaining, windowSeconds }: Told['upstreams'][number]): [string, string][] {
  if (limit === null || remaining === null) return []
  const window = windowSeconds === null ? '' : ` in ${humanSpan(windowSeconds * 1000)}`
  return [[name, `${remaining} of ${counted(limit, 'pull')}${window} left`]]
}

/** Never rounded up to all of it. */
function percent(part: number, whole: number): string {
  return `${Math.floor((100 * part) / whole)} %`
}
