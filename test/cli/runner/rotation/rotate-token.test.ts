import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../../../src/clock.ts'
import { Coordinator } from '../../../support/coordinator/coordinator.ts'
import { startIdleEngine } from '../../../support/executor/idle-engine.ts'
import { makeTempDir } from '../../../support/temp-dir.ts'
import { CliProcess } from '../../cli-process.ts'

const SPEED = 100
const STARTED = Date.now()
/** A hundred times as fast. */
const QUICK: Clock = {
  now: () => STARTED + (Date.now() - STARTED) * SPEED,
  sleep: (ms, signal) => systemClock.sleep(ms / SPEED, signal),
}

const daysFromNow = (days: number) => `${new Date(STARTED + days * 86_400_000).toISOString().slice(0, 19)}Z`
const OBTAINED = daysFromNow(-9)
/** In a day: a token of ten days is due then. */
const EXPIRES = daysFromNow(1)
const EXPIRES_NEXT = daysFromNow(30)

interface Setup {
  readonly server: Coordinator
  readonly token: string
  readonly host: string
}

const textFor = ({ server, token, host }: Setup, written = token, more = '') => `# Of the team that builds.
concurrent = 2 # jobs

[[runners]] # mine
  name = "one"
  url = "${server.url}/"
  id = 1
  token = "${written}" # never shown
  token_obtained_at = ${OBTAINED}
  token_expires_at = ${EXPIRES} # in a day
  executor = "docker"
${more}
  # An engine of its own.
  [runners.docker]
    host = "${host}"
`

/** The program with one runner, whose token is due. */
async function start(
  text: (setup: Setup) => string = textFor,
  prepare: (setup: Setup & { file: string }) => unknown = () => {},
) {
  const home = await makeTempDir()
  const file = join(home.path, 'config.toml')
  const socketPath = join(home.path, 'docker.sock')
  const engine = await startIdleEngine(socketPath)
  const server = await Coordinator.start()
  const token = server.runners.create()
  server.runners.tokenExpiresAt = EXPIRES_NEXT
  const setup = { server, token, host: `unix://${socketPath}`, file }
  const before = text(setup)
  await writeFile(file, before)
  await prepare(setup)
  const cli = new CliProcess()
  const args = ['runner', 'run', '--config', file, '--log-format', 'json', '--log-level', 'debug']
  // A cache that is asked for nothing until there is a job.
  const cache = ['--proxy', 'http://127.0.0.1:1', '--group', '$CI_PROJECT_NAMESPACE']
  const env = { HOME: home.path, ENTREPOT_TOKEN: 's3cret-of-cache', OWN_TOKEN: token }
  const over = cli.run([...args, ...cache], { clock: QUICK, env })
  const of = (event: string) =>
    cli.out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line.event === event)
  return {
    ...setup,
    before,
    cli,
    of,
    renewed: `${token}-renewed`,
    resets: () => server.callsTo(/reset_authentication_token/),
    askedWith: (own: string) => server.callsTo(/jobs\/request/).filter(({ json }) => json.token === own),
    read: () => readFile(file, 'utf8'),
    seen: (event: string) =>
      expect.poll(() => of(event).length, { interval: 5, timeout: 15_000 }).toBeGreaterThanOrEqual(1),
    [Symbol.asyncDispose]: async () => {
      cli.signal('SIGTERM')
      await over
      await server[Symbol.asyncDispose]()
      await engine[Symbol.asyncDispose]()
      await home[Symbol.asyncDispose]()
    },
  }
}

/** The file as it is with another token, but for when it was obtained. */
const withoutObtained = (text: string) => text.replace(/token_obtained_at = \S+/g, 'token_obtained_at = NOW')

// The program loads it when it is asked for, which takes seconds on a busy machine.
beforeAll(() => import('../../../../src/cli/runner/run-runners.ts').then(() => {}), 60_000)

test('a token is renewed before it expires, and a job is taken with the new one', async () => {
  await using run = await start()
  const { server, before, token, renewed } = run
  await run.seen('runner.token_renewed')
  expect(run.of('runner.token_renewed')).toMatchObject([
    { runners: ['one'], expiresAt: new Date(EXPIRES_NEXT).toISOString() },
  ])
  const text = await run.read()
  expect(withoutObtained(text)).toBe(
    withoutObtained(before.replace(`"${token}"`, `"${renewed}"`).replace(EXPIRES, EXPIRES_NEXT)),
  )
  const obtained = Date.parse(/token_obtained_at = (\S+)/.exec(text)?.[1] ?? '')
  expect(obtained).toBeGreaterThanOrEqual(Math.floor(STARTED / 1000) * 1000)
  const job = server.addJob()
  await server.until(() => job.isOver)
  expect(run.askedWith(renewed).length).toBeGreaterThanOrEqual(1)
  expect(server.runners.has(token)).toBe(false)
  expect(run.resets()).toHaveLength(1)
  expect(run.cli.out + run.cli.err).not.toContain('s3cret')
})

test('of two runners that have one token, it is renewed once, for both', async () => {
  const two = (setup: Setup) => `${textFor(setup)}
[[runners]]
  name = "two"
  url = "${setup.server.url}/ci"
  token = "${setup.token}"
  executor = "docker"
  [runners.docker]
    host = "${setup.host}"
`
  await using run = await start(two)
  await run.seen('runner.token_renewed')
  const text = await run.read()
  expect(text.split(`token = "${run.renewed}"`)).toHaveLength(3)
  expect(text.split(`token_expires_at = ${EXPIRES_NEXT}`)).toHaveLength(3)
  expect(run.of('runner.token_renewed')).toMatchObject([{ runners: ['one', 'two'] }])
  expect(run.resets()).toHaveLength(1)
})

describe('a token is not renewed', () => {
  test.each<[string, string, (setup: Setup) => string]>([
    ['that stands in a variable', 'variable', (setup) => textFor(setup, '$OWN_TOKEN')],
    [
      'where the flag is set',
      'switched_off',
      (setup) =>
        textFor(setup, setup.token, '  feature_flags = { FF_DISABLE_AUTOMATIC_TOKEN_ROTATION = true }'),
    ],
  ])('%s: somebody is told when it expires', async (_name, reason, text) => {
    await using run = await start(text)
    await run.seen('runner.token_kept')
    expect(run.of('runner.token_kept')).toMatchObject([
      { runners: ['one'], reason, expiresAt: new Date(EXPIRES).toISOString() },
    ])
    const job = run.server.addJob()
    await run.server.until(() => job.isOver)
    expect(run.resets()).toEqual([])
    expect(await run.read()).toBe(run.before)
    expect(run.cli.out).not.toContain('s3cret')
  })

  test('while the file cannot be written; the server is asked once it can', async () => {
    const draftOf = (file: string) => `${file}.${process.pid}.draft`
    await using run = await start(textFor, ({ file }) => mkdir(draftOf(file)))
    await run.seen('runner.token_unwritable')
    expect(run.of('runner.token_unwritable')[0]).toMatchObject({
      runners: ['one'],
      expiresAt: new Date(EXPIRES).toISOString(),
    })
    expect(run.resets()).toEqual([])
    expect(await run.read()).toBe(run.before)
    await rm(draftOf(run.file), { recursive: true })
    await run.seen('runner.token_renewed')
    expect(await run.read()).toContain(run.renewed)
  })

  test('while the server gives none: jobs are asked for with the old one', async () => {
    const fault = { at: /reset_authentication_token/, answer: { status: 503 } }
    await using run = await start(textFor, ({ server }) => server.fault({ ...fault, times: 1 }))
    await run.seen('runner.token_not_renewed')
    expect(run.of('runner.token_not_renewed')[0]?.waitMs).toBeGreaterThan(0)
    await expect.poll(() => run.askedWith(run.token).length).toBeGreaterThanOrEqual(1)
    await run.seen('runner.token_renewed')
    await expect.poll(() => run.askedWith(run.renewed).length).toBeGreaterThanOrEqual(1)
    // The request that the server held with the old token when that ended is not told as trouble.
    expect(run.of('runner.unhealthy')).toEqual([])
  })
})

test('a token that does not expire, or not yet, is left alone', async () => {
  const later = (setup: Setup) => textFor(setup).replace(EXPIRES, daysFromNow(90))
  await using run = await start(later)
  const job = run.server.addJob()
  await run.server.until(() => job.isOver)
  expect(run.resets()).toEqual([])
})
