import { describeMachine } from '../measure/machine.ts'
import { seconds } from '../report/figures.ts'
import { writeReport } from '../report/result.ts'
import { inTime } from './in-time.ts'
import type { JobsSample } from './jobs-sample.ts'
import type { Left } from './left.ts'
import { measuresOfJobs } from './measures.ts'
import { slopeOf } from './slope.ts'
import { type SoakedJobs, startSoakedJobs } from './soaked-jobs.ts'
import { judge } from './verdict.ts'

const ROUNDS = 10

/** Short jobs alone, in ten rounds after one that is not counted; resolves with the exit code. */
export async function soakJobs(jobs: number, slots: number): Promise<number> {
  const startedAt = new Date()
  const machine = await describeMachine()
  await using soaked = await startSoakedJobs(slots)
  const jobsPerRound = Math.ceil(jobs / ROUNDS)
  console.error('first round, which fills caches and is not counted')
  let isSound = await playRound(soaked, jobsPerRound)
  const samples: JobsSample[] = []
  for (let round = 1; round <= ROUNDS; round += 1) {
    console.error(`round ${round} of ${ROUNDS}`)
    isSound = (await playRound(soaked, jobsPerRound)) && isSound
    samples.push(await soaked.sample())
  }
  const left = await soaked.end()
  const ran = jobsPerRound * (ROUNDS + 1)
  isSound &&= left.exitCode === 0 && left.credentials === ran && isNothing(left)
  const { table, isFlat } = judge(samples, measuresOfJobs(ROUNDS * jobsPerRound))
  const lines = [
    table,
    '',
    `A job adds ${perJob(samples, 'runnerHeapBytes', jobsPerRound)} to the heap of the runner and ` +
      `${perJob(samples, 'serverHeapBytes', jobsPerRound)} to that of the server; ` +
      `${perJob(samples, 'runnerBytes', jobsPerRound)} and ${perJob(samples, 'serverBytes', jobsPerRound)} to what is resident.`,
    '',
    `Of ${ran} jobs are left, when the runner has ended: ${left.containers} containers, ${left.networks} networks, ` +
      `${left.volumes} volumes (and ${left.reusableVolumes} that later jobs use again), ${left.journalFiles} files ` +
      `of the journal; ${left.livingCredentials} of ${left.credentials} credentials are alive.`,
    '',
    isFlat ? 'Everything is flat.' : 'Not everything is flat.',
    ...(isSound ? [] : ['Jobs went wrong, or something of them is left.']),
  ]
  const path = await writeReport('soak-jobs', startedAt, [
    `${machine}. \`npm run soak -- --jobs ${jobs} --slots ${slots}\`: a round is ${jobsPerRound} jobs, over ${slots} slots.`,
    '',
    ...lines,
  ])
  console.log(lines.join('\n'))
  console.error(`written to ${path}`)
  return isFlat && isSound ? 0 : 1
}

function isNothing({ containers, networks, volumes, journalFiles, livingCredentials }: Left): boolean {
  return containers + networks + volumes + journalFiles + livingCredentials === 0
}

function perJob(samples: readonly JobsSample[], of: keyof JobsSample, jobsPerRound: number): string {
  const bytes = slopeOf(samples.map((sample) => sample[of])) / jobsPerRound
  return `${(bytes / 1024).toFixed(1)} KiB`
}

/** Says what went wrong; resolves with whether nothing did. */
async function playRound(soaked: SoakedJobs, jobs: number): Promise<boolean> {
  const startedAt = performance.now()
  const { failed, pastCache } = await inTime(soaked.round(jobs))
  const took = seconds(performance.now() - startedAt)
  console.error(`  ${took} s, ${failed} jobs failed, ${pastCache} past the cache`)
  return failed + pastCache === 0
}
