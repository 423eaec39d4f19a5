import { mkdir, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileErrorCode } from '../../file-error.ts'
import { STATE_DIRECTORY } from '../git/project-tree.ts'
import { slug } from '../variables/slug.ts'
import { makeStateRoot, StateUnusable } from './state-root.ts'

/** Of this many pipelines logs and artifacts are kept, the running one included. */
const KEPT_PIPELINES = 20

/**
 * What a run leaves in a project: `.entrepot/pipelines/<number>/<job>-<number of the try>`, with logs and artifacts.
 * Git does not see any of it.
 */
export class RunState {
  /** Of this pipeline: the next number that nobody took. */
  readonly id: number
  /** For archives while they are made; taken away when the run is closed. */
  readonly temporaryDirectory: string
  readonly #project: string
  readonly #path: string

  private constructor(project: string, id: number) {
    this.id = id
    this.#project = project
    this.#path = join(STATE_DIRECTORY, 'pipelines', String(id))
    this.temporaryDirectory = join(project, this.#path, 'tmp')
  }

  /**
   * @param project its top directory
   * @throws StateUnusable
   */
  static async open(project: string): Promise<RunState> {
    try {
      const pipelines = join(await makeStateRoot(project), 'pipelines')
      await mkdir(pipelines, { recursive: true })
      const id = await takeNumber(pipelines)
      const state = new RunState(project, id)
      await mkdir(state.temporaryDirectory)
      await forgetOld(pipelines, id)
      return state
    } catch (error) {
      if (error instanceof StateUnusable) throw error
      throw new StateUnusable(
        `${join(project, STATE_DIRECTORY)} cannot be written, where logs and artifacts are kept`,
        {
          cause: error,
        },
      )
    }
  }

  /**
   * Makes the directory of one try.
   * @param number of the try among all of the pipeline
   * @returns relative to the project
   */
  async makeJobDirectory(job: string, number: number): Promise<string> {
    const path = join(this.#path, `${slug(job) || 'job'}-${number}`)
    await mkdir(this.absolute(path), { recursive: true })
    return path
  }

  absolute(path: string): string {
    return join(this.#project, path)
  }

  /** Gives the number back of a pipeline that did not begin. What jobs left stays. */
  async discardEmpty(): Promise<void> {
    await this.close()
    await rmdir(this.absolute(this.#path)).catch(() => undefined)
  }

  async close(): Promise<void> {
    await rm(this.temporaryDirectory, { recursive: true, force: true })
  }
}

/** Two runs at once get two numbers: a directory is made by one of them only. */
async function takeNumber(pipelines: string): Promise<number> {
  for (let number = Math.max(0, ...(await numbersIn(pipelines))) + 1; ; number++) {
    try {
      await mkdir(join(pipelines, String(number)))
      return number
    } catch (error) {
      if (fileErrorCode(error) !== 'EEXIST') throw error
    }
  }
}

async function forgetOld(pipelines: string, id: number): Promise<void> {
  const old = (await numbersIn(pipelines)).filter((number) => number <= id - KEPT_PIPELINES)
  for (const number of old) await rm(join(pipelines, String(number)), { recursive: true, force: true })
}

async function numbersIn(pipelines: string): Promise<readonly number[]> {
  const names = await readdir(pipelines)
  return names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number)
}
