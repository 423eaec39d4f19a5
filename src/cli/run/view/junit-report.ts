import type { JobFinished } from '../../../pipeline/run/pipeline-events.ts'
import { failure } from './event-lines.ts'
import type { RunOverview } from './run-overview.ts'

/** XML has no way to write them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to leave out
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
}

/**
 * The jobs of a pipeline as JUnit's XML has tests: a suite per stage, a case per job. It is valid against the schema
 * of Jenkins' xunit plugin and against that of Ant, which want different things.
 */
export function junitReport(
  { jobs, startedAt }: RunOverview,
  lastLines: (job: string) => readonly string[],
): string {
  const finished = [...jobs.values()].flatMap((job) => job.finished ?? [])
  const stages = [...new Set(finished.map(({ stage }) => stage))]
  // Ant's takes no fractions and no zone.
  const timestamp = new Date(startedAt ?? 0).toISOString().slice(0, 19)
  const suites = stages.map((stage, id) => {
    const cases = finished.filter((job) => job.stage === stage)
    const failures = cases.filter(({ status }) => status === 'failed').length
    const skipped = cases.filter(isNotRun).length
    const time = seconds(cases.reduce((sum, { durationMs }) => sum + durationMs, 0))
    const named = { name: stage, package: 'pipeline', id, timestamp, hostname: 'localhost' }
    const counts = { tests: cases.length, failures, errors: 0, skipped, time }
    return [
      `  <testsuite${attributes({ ...named, ...counts })}>`,
      '    <properties/>',
      ...cases.flatMap((job) => caseLines(job, lastLines(job.job))),
      '    <system-out/>',
      '    <system-err/>',
      '  </testsuite>',
    ].join('\n')
  })
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n')
}

function caseLines(job: JobFinished, lines: readonly string[]): readonly string[] {
  const { job: name, stage, status, durationMs, reason } = job
  const open = `    <testcase${attributes({ name, classname: stage, time: seconds(durationMs) })}`
  if (isNotRun(job)) {
    return [`${open}>`, `      <skipped${attributes({ message: reason ?? status })}/>`, '    </testcase>']
  }
  if (status !== 'failed') return [`${open}/>`]
  const told = attributes({ message: failure(job), type: reason ?? 'failed' })
  return [`${open}>`, `      <failure${told}>${escaped(lines.join('\n'))}</failure>`, '    </testcase>']
}

function isNotRun({ status }: JobFinished): boolean {
  return status === 'skipped' || status === 'manual' || status === 'canceled'
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('')
}

function escaped(text: string): string {
  return text.replace(FORBIDDEN, '').replace(/[&<>"\n]/g, (letter) => ESCAPES[letter] ?? '')
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
