import type { RunSettings } from '../../../src/executor/run/job-run.ts'

/** Of a runner whose owner has set nothing. */
export const PLAIN_SETTINGS: RunSettings = {
  variables: [],
  featureFlags: new Map(),
  preBuildScript: undefined,
  postBuildScript: undefined,
  hostName: 'here',
}
