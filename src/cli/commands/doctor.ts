import { Command } from 'commander'
import { printable } from '../../server/printable.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK, type RunCommand } from '../context.ts'
import type { Finding } from '../doctor/finding.ts'
import type { DoctorFlags } from '../doctor/run-doctor.ts'
import { type Palette, paletteFor } from '../palette.ts'
import { addStorageFlags } from '../storage-flags.ts'
import { wrap } from '../wrap.ts'

const DEFAULT_COLUMNS = 80
const MAX_COLUMNS = 120
const STATUS_COLUMNS = 'fail  '.length
const CHECK_COLUMNS = 'upstream  '.length

export function doctorCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('doctor')
    .description('see whether everything that a pull needs is in place')
    .option(
      '--pull <image>',
      'have the Docker Engine pull this image through the server, such as library/alpine:3',
    )
    .addHelpText('after', EXPLANATION)
  return addStorageFlags(command).action((flags: DoctorFlags) => run(() => doctor(flags, context)))
}

const EXPLANATION = `
Looks at Node.js, the server and its address, the storage, every upstream, the
clock and the Docker Engine of this machine. Each upstream is asked once for
/v2/; nothing is pulled without --pull.

Exit codes: 0 nothing fails, 1 something does, 2 wrong use.
`

async function doctor(flags: DoctorFlags, context: CliContext): Promise<number> {
  const { runDoctor } = await import('../doctor/run-doctor.ts')
  const { stdout, env } = context
  const findings = await runDoctor(flags, context)
  const columns = Math.min(stdout.columns ?? DEFAULT_COLUMNS, MAX_COLUMNS)
  const paint = paletteFor(stdout, env)
  const isHealthy = findings.every(({ status }) => status !== 'fail')
  const lines = flags.json
    ? [JSON.stringify({ checks: findings, isHealthy })]
    : findings.flatMap((finding, index) =>
        render(withoutRepetition(finding, findings[index + 1]), columns, paint),
      )
  stdout.write(`${lines.join('\n')}\n`)
  return isHealthy ? EXIT_OK : EXIT_FAILED
}

/** What is to be done about several lines stands under the last of them. */
function withoutRepetition(finding: Finding, next: Finding | undefined): Finding {
  const { advice, ...rest } = finding
  return advice !== undefined && next?.check === finding.check && next.advice === advice ? rest : finding
}

function render({ check, status, message, advice }: Finding, columns: number, paint: Palette): string[] {
  const indent = ' '.repeat(STATUS_COLUMNS + CHECK_COLUMNS)
  const [first = '', ...rest] = wrap(printable(message), columns, indent)
  const colour = { ok: paint.green, warn: paint.yellow, fail: paint.red }[status]
  const head = `${colour(status)}${' '.repeat(STATUS_COLUMNS - status.length)}${check.padEnd(CHECK_COLUMNS)}`
  const told = [head + first.slice(indent.length), ...rest]
  return advice === undefined ? told : [...told, ...wrap(`-> ${printable(advice)}`, columns, indent)]
}
