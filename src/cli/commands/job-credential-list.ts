import { Command } from 'commander'
import { printable } from '../../server/printable.ts'
import type { JobsReply } from '../../server/schemas/access.ts'
import { shortTime } from '../access-words.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { counted } from '../human.ts'
import { paletteFor } from '../palette.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { type Column, renderTable } from '../table.ts'
import { withStorage } from '../with-storage.ts'

type ListedJob = JobsReply['jobCredentials'][number]

export function jobCredentialListCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('list').description(
    'list the credentials of jobs, and those that ended within a day',
  )
  return addStorageFlags(command).action((flags: StorageFlags) => run(() => listJobs(flags, context)))
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'left' },
  { title: 'STATE', align: 'left' },
  { title: 'EXPIRES (UTC)', align: 'left' },
  { title: 'MINTED BY', align: 'left' },
  { title: 'GROUP', align: 'left' },
  { title: 'JOB', align: 'left' },
]

function listJobs(flags: StorageFlags, context: CliContext): Promise<number> {
  const { stdout, stderr, env } = context
  return withStorage(flags, context, async ({ access }) => {
    const reply = await access.listJobs()
    const { jobCredentials: jobs } = reply
    if (flags.json) {
      stdout.write(`${JSON.stringify(reply)}\n`)
      return EXIT_OK
    }
    if (jobs.length > 0) {
      const [head = '', ...lines] = renderTable(COLUMNS, jobs.map(cellsOf))
      stdout.write(`${[paletteFor(stdout, env).dim(head), ...lines].join('\n')}\n`)
    }
    stderr.write(`${counted(jobs.length, 'job credential')}\n`)
    return EXIT_OK
  })
}

function cellsOf({ id, state, expiresAt, mintedBy, group, jobId }: ListedJob): string[] {
  return [id, state, shortTime(expiresAt), mintedBy ?? 'command', group, printable(jobId ?? '')]
}
