import { type CliContext, EXIT_OK } from '../context.ts'
import { counted, humanSize } from '../human.ts'
import { type Palette, paletteFor } from '../palette.ts'
import { type Column, renderTable } from '../table.ts'
import { cachedImages, type ImageState } from './cached-images.ts'
import { listJson, listLines } from './list-jobs.ts'
import type { LocalServerFlags } from './local-storage.ts'
import { pipelineNotes, tellNotes } from './pipeline-notes.ts'
import { imageNames, type PlanImage, planImages } from './plan-images.ts'
import { type ProjectFlags, planProject } from './plan-project.ts'
import { printableText } from './view/printable-line.ts'

export interface PlanFlags extends ProjectFlags, LocalServerFlags {
  readonly json?: boolean
}

/** What a run would ask upstreams for. Jobs that wait for a person are not counted. */
export interface PlanCost {
  /** Images that would be pulled from there: what Docker Hub counts. */
  readonly upstreamPulls: number
  /** Tags that are here and may be confirmed, with one request each at most. */
  readonly confirmations: number
}

const COLUMNS: readonly Column[] = [
  { title: 'IMAGE', align: 'left' },
  { title: 'CACHE', align: 'left' },
  { title: 'SIZE', align: 'right' },
  { title: 'JOBS', align: 'left' },
]
const MAX_JOBS_NAMED = 3

/** Prints what a run would do, and what it would cost. @returns the exit code */
export async function printPlan(flags: PlanFlags, context: CliContext): Promise<number> {
  const { stdout, env } = context
  const project = await planProject(flags, new Set(), context)
  const { plan } = project
  const images = planImages(plan)
  const states = await cachedImages(images, flags, context)
  const cost = planCost(images, states)
  if (flags.json) {
    const listed = listJson(plan)
    const json = {
      ...listed,
      jobs: listed.jobs.map((job, index) => ({
        ...job,
        images: plan.jobs.slice(index, index + 1).flatMap(imageNames),
      })),
      images: images.map((image) => imageJson(image, stateIn(states, image))),
      ...cost,
      notes: pipelineNotes(project),
    }
    stdout.write(`${JSON.stringify(json)}\n`)
    return EXIT_OK
  }
  tellNotes(project, context)
  const paint = paletteFor(stdout, env)
  const lines = [
    ...listLines(plan).map((line, index) => (index === 0 ? paint.dim(line) : line)),
    ...(images.length === 0 ? [] : ['', ...imageLines(images, states, paint), '', costLine(cost)]),
  ]
  stdout.write(`${lines.join('\n')}\n`)
  return EXIT_OK
}

export function planCost(images: readonly PlanImage[], states: ReadonlyMap<string, ImageState>): PlanCost {
  const wanted = images.filter(({ isManual }) => !isManual)
  const count = (state: ImageState['state'], which: (image: PlanImage) => boolean = () => true) =>
    wanted.filter((image) => stateIn(states, image).state === state && which(image)).length
  return {
    upstreamPulls: count('absent') + count('direct'),
    confirmations: count('cached', ({ isPinned }) => !isPinned),
  }
}

function stateIn(states: ReadonlyMap<string, ImageState>, { name }: PlanImage): ImageState {
  return states.get(name) ?? { state: 'unknown' }
}

function imageJson({ name, canonical, jobs, isManual }: PlanImage, state: ImageState): object {
  return { name, canonical: canonical ?? null, bytes: null, ...state, jobs, isManual }
}

function imageLines(
  images: readonly PlanImage[],
  states: ReadonlyMap<string, ImageState>,
  paint: Palette,
): readonly string[] {
  const rows = images.map((image) => {
    const state = stateIn(states, image)
    const more = image.jobs.length - MAX_JOBS_NAMED
    const named = image.jobs.slice(0, MAX_JOBS_NAMED).map(printableText).join(', ')
    const word = { cached: paint.green, absent: paint.yellow, direct: paint.yellow, unknown: paint.dim }[
      state.state
    ]
    return [
      printableText(image.name),
      word(state.state),
      state.state === 'cached' ? humanSize(state.bytes) : '',
      `${named}${more > 0 ? ` and ${more} more` : ''}${image.isManual ? ' (manual)' : ''}`,
    ]
  })
  const [head = '', ...lines] = renderTable(COLUMNS, rows)
  return [paint.dim(head), ...lines]
}

function costLine({ upstreamPulls, confirmations }: PlanCost): string {
  const confirmed =
    confirmations === 0
      ? ''
      : `, and ask whether ${counted(confirmations, 'tag')} moved, with a request each at most`
  return `A run would pull ${counted(upstreamPulls, 'image')} from upstream${confirmed}.`
}
