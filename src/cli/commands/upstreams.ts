import { Command } from 'commander'
import { printable } from '../../server/printable.ts'
import type { UpstreamsReply } from '../../server/schemas/control.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { humanSpan } from '../human.ts'
import { type Palette, paletteFor } from '../palette.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { type Column, renderTable } from '../table.ts'
import { withCache } from '../with-cache.ts'

type Upstream = UpstreamsReply['upstreams'][number]

export function upstreamsCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('upstreams')
    .description('show how the upstreams do, and what they still let us pull')
    .addHelpText('after', EXPLANATION)
  return addStorageFlags(command).action((flags: StorageFlags) => run(() => showUpstreams(flags, context)))
}

const EXPLANATION = `
Both are what the running server has seen; nobody is asked now.
  ok        answers, as far as we know
  in doubt  failed a moment ago: what is in the cache is served from there
  down      failed again and again: nobody is kept waiting for it
EMPTY IN is when no pull will be left if pulling goes on as it does.
`

const COLUMNS: readonly Column[] = [
  { title: 'UPSTREAM', align: 'left' },
  { title: 'REGISTRY', align: 'left' },
  { title: 'TOKENS', align: 'left' },
  { title: 'PULLS LEFT', align: 'left' },
  { title: 'EMPTY IN', align: 'left' },
  { title: 'ACCOUNT', align: 'left' },
]

const STATES: Readonly<Record<string, string>> = { closed: 'ok', doubtful: 'in doubt', open: 'down' }

function showUpstreams(flags: StorageFlags, context: CliContext): Promise<number> {
  const { stdout, clock, env } = context
  return withCache(flags, context, async (cache) => {
    const reply = await cache.upstreams()
    const lines = flags.json ? [JSON.stringify(reply)] : render(reply, clock.now(), paletteFor(stdout, env))
    stdout.write(`${lines.join('\n')}\n`)
    return EXIT_OK
  })
}

function render({ upstreams }: UpstreamsReply, now: number, paint: Palette): string[] {
  const [head = '', ...rows] = renderTable(
    COLUMNS,
    upstreams.map((upstream) => cellsOf(upstream, now)),
  )
  const notes = upstreams.flatMap((upstream) => notesOf(upstream, now))
  return [paint.dim(head), ...rows, ...(notes.length === 0 ? [] : ['', ...notes.map(paint.yellow)])]
}

function cellsOf(upstream: Upstream, now: number): string[] {
  const { name, registry, token, forecast, credential } = upstream
  const account = credential?.slice(name.length + 1) ?? ''
  return [name, stateOf(registry), stateOf(token), pullsLeft(upstream), untilTime(forecast, now), account]
}

function stateOf({ state }: { state: string }): string {
  return STATES[state] ?? state
}

function pullsLeft({ limit, remaining, windowSeconds }: Upstream): string {
  if (limit === null || remaining === null) return ''
  const window = windowSeconds === null ? '' : ` in ${humanSpan(windowSeconds * 1000)}`
  return `${remaining} of ${limit}${window}`
}

function notesOf(upstream: Upstream, now: number): string[] {
  const { name, registry, blobs, token, limitedUntil, reserveReached } = upstream
  const notes: string[] = []
  if (registry.error !== null) notes.push(`${name}: ${printable(registry.error)}`)
  // What registry and blobs share is said once.
  if (blobs.error !== null && blobs.error !== registry.error)
    notes.push(`${name}, blobs: ${printable(blobs.error)}`)
  if (token.error !== null) notes.push(`${name}, token server: ${printable(token.error)}`)
  if (limitedUntil !== null)
    notes.push(`${name} said 429: nothing is pulled for ${untilTime(limitedUntil, now)}`)
  else if (reserveReached) notes.push(`${name}: the rest is kept for images that are not here`)
  return notes
}

function untilTime(time: string | null, now: number): string {
  return time === null ? '' : humanSpan(Math.max(0, Date.parse(time) - now))
}
