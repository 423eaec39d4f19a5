import { parseArgs } from 'node:util'
import { ENGINE, IMAGES, missingComponents } from '../../test/support/real/component.ts'
import { soakJobs } from './soak-jobs.ts'
import { soakTogether } from './soak-together.ts'

const MOST_ROUNDS = 500
const MOST_JOBS = 10_000
const MOST_SLOTS = 64

/**
 * `npm run soak -- --rounds N`, or `--jobs N --slots M`. Resolves with the exit code: 0 flat and sound, 1 not, 2 it
 * cannot be run.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '10' },
      jobs: { type: 'string' },
      slots: { type: 'string', default: '4' },
    },
  })
  const rounds = wholeNumber('rounds', values.rounds, 2, MOST_ROUNDS)
  const jobs = values.jobs === undefined ? 0 : wholeNumber('jobs', values.jobs, 20, MOST_JOBS)
  const slots = wholeNumber('slots', values.slots, 1, MOST_SLOTS)
  if (rounds === undefined || jobs === undefined || slots === undefined) return 2
  const missing = missingComponents([...ENGINE, ...IMAGES, 'docker-registry', 'git'])
  if (missing !== undefined) {
    console.error(`soak: ${missing}`)
    return 2
  }
  return jobs === 0 ? await soakTogether(rounds) : await soakJobs(jobs, slots)
}

function wholeNumber(name: string, text: string, least: number, most: number): number | undefined {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  console.error(`soak: --${name} takes a number from ${least} to ${most}, and not ${text}`)
  return undefined
}

process.exitCode = await main()
