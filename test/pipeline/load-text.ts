import type { JobConfig } from '../../src/pipeline/config/job-config.ts'
import type { PipelineConfig } from '../../src/pipeline/config/pipeline-config.ts'
import { dialectOf } from '../../src/pipeline/load/find-pipeline-file.ts'
import type { IncludeContext } from '../../src/pipeline/load/include-context.ts'
import { loadPipeline, type PipelineGiven } from '../../src/pipeline/load/load-pipeline.ts'
import { PipelineError } from '../../src/pipeline/mistakes.ts'
import { ProjectFileError, type ProjectFiles } from '../../src/pipeline/project-files.ts'

/** A project that is only a few texts. */
export class MemoryFiles implements ProjectFiles {
  readonly #texts: ReadonlyMap<string, string>

  constructor(texts: Readonly<Record<string, string>>) {
    this.#texts = new Map(Object.entries(texts))
  }

  async find(path: string, maxBytes: number): Promise<string | undefined> {
    const text = this.#texts.get(path)
    if (text !== undefined && Buffer.byteLength(text) > maxBytes) {
      throw new ProjectFileError(`${path} has more than ${maxBytes} bytes`)
    }
    return text
  }

  async list(): Promise<readonly string[]> {
    return [...this.#texts.keys()]
  }
}

/** Takes in every include, and knows the variable DIR. */
export const ADMIT_ALL: IncludeContext = {
  admits: (rules) => rules.some(({ when }) => when === 'always'),
  expand: (text) => text.replace('$DIR', 'ci'),
}

/** Loads `.gitlab-ci.yml`, or the only file that is given. */
export async function loadTexts(
  texts: Readonly<Record<string, string>>,
  given: PipelineGiven = {},
): Promise<PipelineConfig> {
  const path = '.gitlab-ci.yml' in texts ? '.gitlab-ci.yml' : (Object.keys(texts)[0] ?? '')
  return loadPipeline({ path, dialect: dialectOf(path) }, new MemoryFiles(texts), ADMIT_ALL, given)
}

export async function loadText(text: string): Promise<PipelineConfig> {
  return loadTexts({ '.gitlab-ci.yml': text })
}

/** The job of a file of one job, or the one of that name. */
export async function loadJob(text: string, name?: string): Promise<JobConfig> {
  const { jobs } = await loadText(text)
  const job = jobs.find((candidate) => name === undefined || candidate.name === name)
  if (job === undefined) throw new Error(`no job ${name} among ${jobs.map((each) => each.name)}`)
  return job
}

/** What is wrong with the files, one line per mistake. */
export async function mistakesOf(
  texts: Readonly<Record<string, string>> | string,
  given: PipelineGiven = {},
): Promise<readonly string[]> {
  try {
    await loadTexts(typeof texts === 'string' ? { '.gitlab-ci.yml': texts } : texts, given)
    return []
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
}
