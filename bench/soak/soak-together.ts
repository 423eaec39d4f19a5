import { seconds } from '../report/figures.ts'
import { inTime } from './in-time.ts'
import { SERVER_AND_RUNNER } from './measures.ts'
import type { Sample } from './sample.ts'
import { type Soaked, startSoaked } from './soaked.ts'
import { judge } from './verdict.ts'

/** Pulls and jobs together, for so many rounds; resolves with the exit code. */
export async function soakTogether(rounds: number): Promise<number> {
  await using soaked = await startSoaked()
  console.error('first round, which fills caches and is not counted')
  let isSound = await playRound(soaked)
  await soaked.sample()
  const samples: Sample[] = []
  for (let round = 1; round <= rounds; round += 1) {
    console.error(`round ${round} of ${rounds}`)
    isSound = (await playRound(soaked)) && isSound
    samples.push(await soaked.sample())
  }
  const { table, isFlat } = judge(samples, SERVER_AND_RUNNER)
  console.log(table)
  console.log(isFlat ? '\nEverything is flat.' : '\nNot everything is flat.')
  if (!isSound) console.log('Pulls or jobs went wrong: see above.')
  return isFlat && isSound ? 0 : 1
}

/** Says what went wrong; resolves with whether nothing did. */
async function playRound(soaked: Soaked): Promise<boolean> {
  const startedAt = performance.now()
  const { wrongReplies, pullsGivenUp, jobsFailed } = await inTime(soaked.round())
  const took = seconds(performance.now() - startedAt)
  console.error(
    `  ${took} s, ${wrongReplies} wrong replies, ${pullsGivenUp} pulls given up, ${jobsFailed} jobs failed`,
  )
  return wrongReplies + pullsGivenUp + jobsFailed === 0
}
