import { readdir } from 'node:fs/promises'
import { readMemory } from '../measure/memory.ts'
import { collectedHeap } from './collected-heap.ts'

/** What was seen after one round of jobs. */
export interface JobsSample {
  readonly runnerBytes: number
  readonly runnerHeapBytes: number
  readonly runnerDescriptors: number
  readonly serverBytes: number
  readonly serverHeapBytes: number
  readonly serverDescriptors: number
}

export interface ProbedProcess {
  readonly pid: number
  /** Where its probe answers. */
  readonly heapFile: string
}

export async function takeJobsSample(runner: ProbedProcess, server: ProbedProcess): Promise<JobsSample> {
  const [ofRunner, ofServer] = [await takeProcess(runner), await takeProcess(server)]
  return {
    runnerBytes: ofRunner.bytes,
    runnerHeapBytes: ofRunner.heapBytes,
    runnerDescriptors: ofRunner.descriptors,
    serverBytes: ofServer.bytes,
    serverHeapBytes: ofServer.heapBytes,
    serverDescriptors: ofServer.descriptors,
  }
}

async function takeProcess({ pid, heapFile }: ProbedProcess) {
  const heapBytes = await collectedHeap(pid, heapFile)
  const { resident: bytes } = await readMemory([pid])
  return { heapBytes, bytes, descriptors: (await readdir(`/proc/${pid}/fd`)).length }
}
