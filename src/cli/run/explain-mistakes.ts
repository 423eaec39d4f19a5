import { MAX_FILE_BYTES } from '../../pipeline/load/include.ts'
import { formatPosition, PipelineError } from '../../pipeline/mistakes.ts'
import type { ProjectFiles } from '../../pipeline/project-files.ts'
import { PipelineRefused } from './pipeline-refused.ts'
import { sourceExcerpt } from './source-excerpt.ts'
import { printableText } from './view/printable-line.ts'

/** Everything that is wrong with a pipeline: each mistake with its place, and the line that it is in. */
export async function explainMistakes({ mistakes }: PipelineError, files: ProjectFiles): Promise<string> {
  const texts = new Map<string, readonly string[]>()
  for (const { at } of mistakes) {
    if (!texts.has(at.file)) texts.set(at.file, await linesOf(at.file, files))
  }
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`
  const lines = mistakes.flatMap(({ at, message }) => {
    const line = texts.get(at.file)?.[at.line - 1]
    const excerpt = line === undefined || line.trim() === '' ? [] : sourceExcerpt(line, at.column)
    const [source, caret] = excerpt.map((shown) => `      ${shown}`)
    return [
      `  ${formatPosition(at)}: ${printableText(message)}`,
      ...(source === undefined || caret === undefined ? [] : [source, caret]),
    ]
  })
  return [`${count} in the pipeline:`, ...lines].join('\n')
}

/** Runs what reads and plans a pipeline; its mistakes are thrown as PipelineRefused. */
export async function explainingMistakes<T>(files: ProjectFiles, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    throw new PipelineRefused(await explainMistakes(error, files), error)
  }
}

/** A file that is not there is what the mistake is about. */
async function linesOf(path: string, files: ProjectFiles): Promise<readonly string[]> {
  const text = await files.find(path, MAX_FILE_BYTES).catch(() => undefined)
  return text?.split(/\r?\n/) ?? []
}
