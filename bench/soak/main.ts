import { parseArgs } from 'node:util'
import { ENGINE, IMAGES, missingComponents } from '../../test/support/real/component.ts'
import { seconds } from '../report/figures.ts'
import type { Sample } from './sample.ts'
import { type Soaked, startSoaked } from './soaked.ts'
import { judge } from './verdict.ts'

const DEFAULT_ROUNDS = '10'
const MOST_ROUNDS = 500
/** Many times what a round takes; with the number of rounds it bounds the whole. */
const ROUND_TIMEOUT_MS = 10 * 60_000

/** `npm run soak -- --rounds N`. Resolves with the exit code: 0 flat and sound, 1 not, 2 it cannot be run. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: DEFAULT_ROUNDS } } })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 2 || rounds > MOST_ROUNDS) {
    console.error(`soak: --rounds takes a number from 2 to ${MOST_ROUNDS}, and not ${values.rounds}`)
    return 2
  }
  const missing = missingComponents([...ENGINE, ...IMAGES, 'docker-registry'])
  if (missing !== undefined) {
    console.error(`soak: ${missing}`)
    return 2
  }
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
  const { table, isFlat } = judge(samples)
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

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `a round took more than ${ROUND_TIMEOUT_MS / 60_000} minutes`
    timer = setTimeout(() => reject(new Error(message)), ROUND_TIMEOUT_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

process.exitCode = await main()
