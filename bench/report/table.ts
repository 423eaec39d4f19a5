import type { Row } from '../question.ts'

const COLUMNS = ['Question', 'Who', 'Measured', 'Rounds', 'Compared', 'To reach', 'Verdict']

/** The one Markdown table; a question is named in its first row only. */
export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map((row, index) => [
    row.question === rows[index - 1]?.question ? '' : row.question,
    row.subject,
    row.measured,
    row.spread,
    row.compared,
    row.toReach,
    row.verdict,
  ])
  return [COLUMNS, COLUMNS.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
