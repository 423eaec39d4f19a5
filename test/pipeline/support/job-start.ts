import type { JobStart } from '../../../src/pipeline/compile/compile-job.ts'

/** What a job begins with when the test is about something else. */
export const START: JobStart = {
  id: 1,
  token: 's3cret-of-a-job',
  startedAt: 0,
  runner: { description: 'here', version: '1.2.3', architecture: 'linux/amd64' },
  git: {
    ...{ repoUrl: '', ref: 'main', refType: 'branch', sha: 'a'.repeat(40), beforeSha: '0'.repeat(40) },
    ...{ refspecs: [], depth: 0, objectFormat: 'sha1', isProtected: false },
  },
  reported: [],
  dependencies: [],
  credentials: [],
}
