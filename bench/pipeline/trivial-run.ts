import { ProjectPlace } from '../../test/support/pipeline/project-place.ts'
import { startWith } from '../../test/support/real/cleanups.ts'
import { missingCiLocal, openCiLocal } from '../executor/ci-local.ts'
import { LoadFailed } from '../load/load-failed.ts'

const IMAGE = 'busybox:1.35'
/** The job beside the need keeps the stage open: whoever waits for stages waits for it. */
const NEEDS_FILE = 'ci/needs.yml'
const NEEDS = `
default: {image: ${IMAGE}}
stages: [build, test]
need: {stage: build, script: [echo done]}
beside: {stage: build, script: [sleep 3]}
after: {stage: test, needs: [need], script: ['true']}
`

/** A project on the machine of an engine, run by processes that are started for it, as a person does. */
export interface RunPlace extends AsyncDisposable {
  /** One job that does nothing. */
  readonly runTrivial: () => Promise<void>
  /** Absent: it is not installed. */
  readonly ciLocal: (() => Promise<void>) | undefined
  /** No image, no cache and nothing in one. */
  readonly forget: () => Promise<void>
  readonly runNeeds: () => Promise<NeedsTimes>
}

/** Milliseconds from there until the job that needs it was started. */
export interface NeedsTimes {
  readonly fromEndMs: number
  /** What its need still had to do after its script included. */
  readonly fromLastLineMs: number
}

export function openRunPlace(): Promise<RunPlace> {
  return startWith(async (cleanups) => {
    const files = {
      '.gitlab-ci.yml': `test:\n  image: ${IMAGE}\n  script: ["true"]\n`,
      [NEEDS_FILE]: NEEDS,
    }
    const place = cleanups.use(await ProjectPlace.start({ images: ['busybox'], files, hasMirror: true }))
    return {
      runTrivial: () => runTrivial(place),
      ciLocal:
        missingCiLocal() === undefined
          ? await openCiLocal(place.engine.endpoint, IMAGE, cleanups)
          : undefined,
      forget: () => place.forget(),
      runNeeds: () => runNeeds(place),
      [Symbol.asyncDispose]: () => cleanups[Symbol.asyncDispose](),
    }
  })
}

async function runTrivial(place: ProjectPlace): Promise<void> {
  const { code, err } = await place.run([])
  if (code !== 0) throw new LoadFailed(`entrepot run ended with ${code}: ${err}`)
}

async function runNeeds(place: ProjectPlace): Promise<NeedsTimes> {
  const { code, err, events } = await place.run(['--file', NEEDS_FILE])
  if (code !== 0) throw new LoadFailed(`entrepot run ended with ${code}: ${err}`)
  const timeOf = (name: string, job: string): number => {
    const found = events.find((event) => event.event === name && 'job' in event && event.job === job)
    return Date.parse(found?.time ?? '')
  }
  const lastLine = events.findLast(
    (event) => event.event === 'job.log' && event.job === 'need' && event.text === 'done',
  )
  const startedAt = timeOf('job.started', 'after')
  return {
    fromEndMs: startedAt - timeOf('job.finished', 'need'),
    fromLastLineMs: startedAt - Date.parse(lastLine?.time ?? ''),
  }
}
