import type { JobConfig } from '../config/job-config.ts'
import type { MatrixEntry } from '../config/need-config.ts'
import { PipelineError } from '../mistakes.ts'

/** GitLab's own limit. */
const MAX_INSTANCES = 200

/** One job of a parallel one, or the job itself. */
export interface JobInstance {
  /** `test`, `test 1/3`, `build: [arm64, debug]` */
  readonly name: string
  readonly config: JobConfig
  /** With their values, in the order of the matrix; empty without one. */
  readonly matrix: ReadonlyMap<string, string>
  /** From 1; undefined when the job is not parallel. */
  readonly nodeIndex: number | undefined
  readonly nodeTotal: number
}

/**
 * The jobs that one of the file stands for.
 * @throws PipelineError when a matrix stands for too many
 */
export function expandParallel(config: JobConfig): readonly JobInstance[] {
  const { name, parallel } = config
  if (parallel === undefined) {
    return [{ name, config, matrix: new Map(), nodeIndex: undefined, nodeTotal: 1 }]
  }
  if (parallel.kind === 'count') {
    return Array.from({ length: parallel.count }, (_, index) => ({
      name: `${name} ${index + 1}/${parallel.count}`,
      config,
      matrix: new Map(),
      nodeIndex: index + 1,
      nodeTotal: parallel.count,
    }))
  }
  const total = parallel.entries.map(countCells).reduce((sum, count) => sum + count, 0)
  if (total > MAX_INSTANCES) {
    const message = `the matrix of '${name}' stands for ${total} jobs, but at most ${MAX_INSTANCES} are allowed`
    throw new PipelineError([{ message, at: parallel.at }])
  }
  return parallel.entries.flatMap(cells).map((matrix, index) => ({
    name: `${name}: [${[...matrix.values()].join(', ')}]`,
    config,
    matrix,
    nodeIndex: index + 1,
    nodeTotal: total,
  }))
}

/** Every combination of the values of an entry; the last variable changes fastest. */
export function cells(entry: MatrixEntry): readonly ReadonlyMap<string, string>[] {
  let combinations: ReadonlyMap<string, string>[] = [new Map()]
  for (const { key, values } of entry) {
    combinations = combinations.flatMap((cell) => values.map((value) => new Map([...cell, [key, value]])))
  }
  return combinations
}

function countCells(entry: MatrixEntry): number {
  return entry.reduce((count, { values }) => count * values.length, 1)
}
