import { expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { readJob } from '../../../src/executor/job/read-job.ts'
import { runJob } from '../../../src/executor/run/run-job.ts'
import { JobTrace } from '../../../src/executor/trace/job-trace.ts'
import { LocalExecutor } from '../../support/executor/local-executor.ts'
import { PLAIN_SETTINGS } from '../../support/executor/plain-settings.ts'
import { RecordLog } from '../../support/record-log.ts'
import { CollectingSink } from '../trace/collecting-sink.ts'

/** Runs a job in real shells, and takes colours from its log. */
async function run(payload: object) {
  const job = readJob(payload)
  const sink = new CollectingSink()
  const trace = new JobTrace({
    sink,
    clock: systemClock,
    hasSections: false,
    hasTimestamps: false,
    limitBytes: 1_000_000,
    tokenPrefixes: [],
  })
  const result = await runJob({
    job,
    executor: new LocalExecutor(),
    trace,
    clock: systemClock,
    log: new RecordLog(),
    slot: 0,
    settings: PLAIN_SETTINGS,
    stages: { beforeSteps: [], afterSteps: () => [] },
    cancel: new AbortController().signal,
    abort: new AbortController().signal,
  })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken away
  return { result, log: sink.text.replaceAll(/\x1b\[[0-9;]*[mK]/g, '') }
}

test('the log of a job, from real shells', async () => {
  const { result, log } = await run({
    variables: [
      { key: 'GREETING', value: 'hello $NAME' },
      { key: 'NAME', value: "it's me" },
      { key: 'PASSWORD', value: 'hush-hush', masked: true },
      { key: 'KEY', value: 'content of the key', file: true },
    ],
    steps: [
      {
        name: 'script',
        script: [
          'echo "$GREETING"',
          'cat "$KEY"; echo',
          'printf hush-; sleep 0.1; echo hush',
          'echo "FROM_SCRIPT=yes" >> "$GITLAB_ENV"; export LOST=yes',
          'exit 3',
          'echo never',
        ],
      },
      { name: 'after_script', script: ['echo "$CI_JOB_STATUS $FROM_SCRIPT [$LOST]"'] },
    ],
  })
  expect(result).toEqual({ status: 'failed', reason: 'script_failure', exitCode: 3, message: 'exit code 3' })
  expect(log.split('\n')).toEqual([
    'Preparing the "local" executor',
    'Preparing environment',
    'Running on local via here...',
    'Executing "step_script" stage of the job script',
    '$ echo "$GREETING"',
    "hello it's me",
    '$ cat "$KEY"; echo',
    'content of the key',
    '$ printf hush-; sleep 0.1; echo hush',
    '[MASKED]',
    '$ echo "FROM_SCRIPT=yes" >> "$GITLAB_ENV"; export LOST=yes',
    '$ exit 3',
    'Running after_script',
    'Running after script...',
    '$ echo "$CI_JOB_STATUS $FROM_SCRIPT [$LOST]"',
    'failed yes []',
    'ERROR: Job failed: exit code 3',
    '',
  ])
})
