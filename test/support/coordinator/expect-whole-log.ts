import { crc32 } from 'node:zlib'
import { expect } from 'vitest'
import type { Coordinator } from './coordinator.ts'
import type { JobRecord } from './job-record.ts'

/** The log of a job is what its runner said in the end that it is. */
export function expectWholeLog(server: Coordinator, job: JobRecord): void {
  const last = server.callsTo(new RegExp(`^PUT jobs/${job.id}$`)).at(-1)
  const checksum = `crc32:${crc32(job.trace).toString(16).padStart(8, '0')}`
  expect(last?.json).toMatchObject({ checksum, output: { checksum, bytesize: job.trace.length } })
}
