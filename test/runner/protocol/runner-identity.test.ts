import { expect, test } from 'vitest'
import { runnerInfo } from '../../../src/runner/protocol/runner-identity.ts'
import { IDENTITY } from '../../support/coordinator/a-runner.ts'

/** FeaturesInfo of GitLab Runner 19.4, common/network.go. */
const GITLAB_RUNNERS = [
  ...['variables', 'image', 'services', 'artifacts', 'cache', 'fallback_cache_keys', 'shared'],
  ...['upload_multiple_artifacts', 'upload_raw_artifacts', 'session', 'terminal', 'refspecs', 'masking'],
  ...['proxy', 'raw_variables', 'artifacts_exclude', 'multi_build_steps', 'trace_reset', 'trace_checksum'],
  ...['trace_size', 'vault_secrets', 'cancelable', 'return_exit_code', 'service_variables'],
  ...['service_multiple_aliases', 'image_executor_opts', 'service_executor_opts', 'cancel_gracefully'],
  ...['native_steps_integration', 'two_phase_job_commit', 'job_inputs'],
]

/** What is not here: a server must not send jobs that need it. */
const NOT_HERE = new Set([
  // Jobs run on the host itself: not with Docker, neither there nor here.
  'shared',
  // A terminal for the server's users, and services that they may open.
  ...['session', 'terminal', 'proxy'],
  'vault_secrets',
  // `run:` in place of `script:`, and `inputs:` of jobs.
  ...['native_steps_integration', 'job_inputs'],
])

test('a server is told of every feature of GitLab Runner that is here, and of no other', () => {
  const { features } = runnerInfo(IDENTITY) as { features: Record<string, unknown> }
  const here = GITLAB_RUNNERS.filter((feature) => !NOT_HERE.has(feature))
  expect(features).toEqual(Object.fromEntries(here.map((feature) => [feature, true])))
})
