import { SaxesParser } from 'saxes'

/** What JUnit reports say of the tests of a job. A test counts once. */
export interface TestCounts {
  readonly tests: number
  /** Failures and errors. */
  readonly failed: number
  readonly skipped: number
}

const FAILED = 'failed'
const SKIPPED = 'skipped'
const OUTCOMES: ReadonlyMap<string, typeof FAILED | typeof SKIPPED> = new Map([
  ['failure', FAILED],
  ['error', FAILED],
  ['skipped', SKIPPED],
])

/**
 * Counts the tests of JUnit reports.
 * @param text one report, or several one behind the other, as `reports:junit` of several files is uploaded
 * @returns undefined for what is no XML
 */
export function countTests(text: string): TestCounts | undefined {
  const counts = { tests: 0, failed: 0, skipped: 0 }
  if (!text.includes('<')) return undefined
  try {
    for (const report of text.split(/(?=<\?xml\s)/)) countIn(report, counts)
  } catch {
    return undefined
  }
  return counts
}

function countIn(report: string, counts: { tests: number; failed: number; skipped: number }): void {
  // Without a declaration several reports are one text with several roots.
  const parser = new SaxesParser({ fragment: true })
  let outcome: typeof FAILED | typeof SKIPPED | undefined
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name }) => {
    if (name === 'testcase') outcome = undefined
    else if (outcome !== FAILED) outcome = OUTCOMES.get(name) ?? outcome
  })
  parser.on('closetag', ({ name }) => {
    if (name !== 'testcase') return
    counts.tests++
    if (outcome !== undefined) counts[outcome]++
    outcome = undefined
  })
  parser.write(report.replace(/^<\?xml[^>]*\?>/, '')).close()
}
