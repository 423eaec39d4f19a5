import { expect, test } from 'vitest'
import { readRunnerFile } from '../../../src/executor/config/read-runner-file.ts'
import { runSettings } from '../../../src/executor/run/run-settings.ts'

test('what a runner says of all its jobs is what they are run with', () => {
  const text = `[[runners]]
environment = ["A=b"]
pre_build_script = "before"
post_build_script = "after"
debug_trace_disabled = true
prepare_timeout = "5m"
get_sources_timeout = "90s"
feature_flags = { FF_TIMESTAMPS = false }
`
  const { runners } = readRunnerFile(text, { file: 'config.toml', dockerHost: 'unix:///x', env: {} })
  expect(runners.map((runner) => runSettings(runner, 'here'))).toEqual([
    {
      variables: [expect.objectContaining({ key: 'A', value: 'b' })],
      featureFlags: new Map([['FF_TIMESTAMPS', false]]),
      preBuildScript: 'before',
      postBuildScript: 'after',
      isDebugTraceDisabled: true,
      prepareTimeoutMs: 300_000,
      getSourcesTimeoutMs: 90_000,
      hostName: 'here',
    },
  ])
})
