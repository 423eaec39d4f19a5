import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FileUnwritable } from '../../../../src/cli/run/file-unwritable.ts'
import { openView } from '../../../../src/cli/run/view/open-view.ts'
import { finished, jobFinished, jobStarted, logged, notRun, started } from './events.ts'
import { viewContext } from './view-context.ts'

let cwd: string

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'entrepot-junit-'))
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

test('the report has a suite per stage and a case per job, with what failed and why', async () => {
  const view = await openView({ junit: 'report.xml', json: true }, viewContext({ cwd }))
  for (const event of [
    started(['a "quoted" <job>', 'build'], ['fails', 'test'], ['later', 'test']),
    jobFinished('a "quoted" <job>', { stage: 'build' }),
    jobStarted('fails', 0),
    logged('fails', '\u001b[31mexpected <1> & got \u0000 2'),
    jobFinished('fails', { status: 'failed', exitCode: 1, reason: 'script_failure' }),
    notRun('later', 'skipped', 'fails failed'),
    finished('failed'),
  ])
    view.on(event)
  await view.close()
  await view.close()
  const suite = 'package="pipeline"'
  const rest = 'timestamp="2026-01-01T00:00:00" hostname="localhost"'
  expect(await readFile(join(cwd, 'report.xml'), 'utf8')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="build" ${suite} id="0" ${rest} tests="1" failures="0" errors="0" skipped="0" time="1.500">
    <properties/>
    <testcase name="a &quot;quoted&quot; &lt;job&gt;" classname="build" time="1.500"/>
    <system-out/>
    <system-err/>
  </testsuite>
  <testsuite name="test" ${suite} id="1" ${rest} tests="2" failures="1" errors="0" skipped="1" time="1.500">
    <properties/>
    <testcase name="fails" classname="test" time="1.500">
      <failure message="failed: script_failure, exit code 1" type="script_failure">expected &lt;1&gt; &amp; got  2</failure>
    </testcase>
    <testcase name="later" classname="test" time="0.000">
      <skipped message="fails failed"/>
    </testcase>
    <system-out/>
    <system-err/>
  </testsuite>
</testsuites>
`)
})

test('a report that cannot be written is told before the run', async () => {
  const opening = openView({ junit: 'no/such/report.xml' }, viewContext({ cwd }))
  await expect(opening).rejects.toThrow(FileUnwritable)
})
