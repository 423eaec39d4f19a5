import { createHash } from 'node:crypto'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ProjectPlace, readOutput } from '../support/pipeline/project-place.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'

/** What GitLab's documentation shows first, in one file. */
const PIPELINE = `
default:
  image: busybox:1.35
  before_script:
    - echo "before $CI_JOB_NAME"
stages: [build, test]
variables:
  POSTGRES_PASSWORD: between-us-two
  PGPASSWORD: $POSTGRES_PASSWORD
compile:
  stage: build
  script:
    - mkdir -p out .cache
    - if [ -f .cache/seen ]; then echo "from the cache"; else echo "nothing cached"; fi
    - touch .cache/seen
    - cat src/app.txt new.txt > out/app
    - echo "VERSION=1.$CI_COMMIT_SHORT_SHA" > build.env
  cache:
    key: deps
    paths: [.cache/]
  artifacts:
    paths: [out/]
    reports:
      dotenv: build.env
query:
  stage: test
  image:
    name: postgres:15
    entrypoint: [""]
  services: [postgres:15]
  script:
    - psql -h postgres -U postgres -Atc "select 6 * 7"
    - cat out/app
    - echo "$TARGET is $VERSION"
  parallel:
    matrix:
      - TARGET: [one, two]
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
release:
  stage: test
  script: exit 1
  rules:
    - if: $CI_COMMIT_TAG
`

/** What waits for somebody's word, and all that comes after it. */
const GATED = `
default: {image: busybox:1.35}
gate: {stage: build, script: 'true', when: manual, allow_failure: false}
after: {stage: test, script: 'true'}
`

/** What no rule lets in. */
const EMPTY = `
default: {image: busybox:1.35}
never: {script: 'true', rules: [{if: $NOBODY_SET_THIS}]}
`

/** What is told of a job beside its log. */
const REPORTED = `
unit:
  image: busybox:1.35
  script:
    - cat "$SETTINGS"
    - echo "Lines 81.5% covered"
    - echo '<testsuite><testcase/><testcase><failure/></testcase></testsuite>' > unit.xml
  coverage: '/Lines (\\d+\\.\\d+)%/'
  artifacts: {reports: {junit: unit.xml}}
`

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'entrepot run of a project', () => {
  const cleanups = new Cleanups()
  let place: ProjectPlace

  beforeAll(async () => {
    const files = {
      '.gitlab-ci.yml': PIPELINE,
      'ci/unit.yml': REPORTED,
      'ci/gated.yml': GATED,
      'ci/empty.yml': EMPTY,
      '.gitignore': '*.log\n',
      'src/app.txt': 'the app\n',
    }
    place = cleanups.use(await ProjectPlace.start({ images: ['busybox', 'postgres'], files }))
    await place.write('new.txt', 'not committed\n')
    await place.write('noise.log', 'ignored\n')
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(() => cleanups[Symbol.asyncDispose]())

  const run = (...args: readonly string[]) => place.run(args, { from: 'src' })

  /** Every file of the work tree with its content, mode, owner and time, but for the state of runs. */
  const fingerprint = async (folder = place.project): Promise<string> => {
    const hash = createHash('sha256')
    for (const name of (await readdir(folder)).sort()) {
      const path = join(folder, name)
      if (path === join(place.project, '.entrepot')) continue
      const { mode, uid, gid, mtimeMs } = await lstat(path)
      hash.update(JSON.stringify([name, mode, uid, gid, mtimeMs]))
      hash.update((mode & 0o170000) === 0o040000 ? await fingerprint(path) : await readFile(path))
    }
    return hash.digest('hex')
  }

  const SUCCESS = [
    ['compile', 'success', 0],
    ['query: [one]', 'success', 0],
    ['query: [two]', 'success', 0],
  ]

  test('succeeds with nothing set up; again without a request upstream; and with the upstream gone', async () => {
    // It writes the index, so it comes before.
    const status = place.git('status', '--porcelain')
    const before = await fingerprint()

    const first = await run()
    expect([first.code, first.err]).toEqual([0, expect.stringContaining('started a cache')])
    expect(first.outcomes.toSorted()).toEqual(SUCCESS)
    expect(first.logOf('compile')).toContain('nothing cached')
    const sha = place.git('rev-parse', '--short=8', 'HEAD').trim()
    for (const target of ['one', 'two']) {
      const log = first.logOf(`query: [${target}]`)
      expect(log).toContain(`before query: [${target}]`)
      expect(log).toContain('the app\nnot committed')
      expect(log).toContain(`${target} is 1.${sha}`)
      expect(log).toMatch(/^42$/m)
    }
    expect(first.events.at(-1)).toMatchObject({ event: 'pipeline.finished', status: 'success', cacheHits: 0 })

    await place.engine.removeAllImages()
    place.hub.requests = 0
    const second = await run()
    expect([second.code, second.err]).toEqual([0, ''])
    expect(place.hub.requests).toBe(0)
    expect(second.logOf('compile')).toContain('from the cache')
    const cached = { status: 'success', cacheHits: 2, upstreamRequests: 0, bytesSaved: expect.any(Number) }
    expect(second.events.at(-1)).toMatchObject(cached)
    expect(second.events.at(-1)).not.toMatchObject({ bytesSaved: 0 })

    await place.stopServer()
    await place.useTagTtl('0s')
    await place.engine.removeAllImages()
    place.hub.isLimited = true
    const third = await run()
    place.hub.isLimited = false
    expect(third.code).toBe(0)
    expect(third.outcomes.toSorted()).toEqual(SUCCESS)

    expect(await fingerprint()).toBe(before)
    expect(place.git('status', '--porcelain')).toBe(status)
    const artifacts = await readdir(join(place.project, '.entrepot/pipelines/1'), { recursive: true })
    expect(artifacts).toEqual(
      expect.arrayContaining([expect.stringMatching(/^compile-\d+\/archive\/artifacts\.zip$/)]),
    )
  }, 300_000)

  test('tells a person at a terminal of tests and coverage, and gives jobs files', async () => {
    const words = place.command('--file', 'ci/unit.yml', '--file-variable', 'SETTINGS=app.txt')
    const command = words.map((word) => `'${word}'`).join(' ')
    const terminal = ['script', '--quiet', '--return', '--command', command, '/dev/null']
    const { code, out } = await readOutput(place.spawn(terminal, { from: 'src' }))
    expect(code).toBe(0)
    const shown = stripVTControlCharacters(out)
    expect(shown).toContain('unit | the app')
    expect(shown).toMatch(/ COVERAGE +TESTS\s*\r?\n/)
    expect(shown).toMatch(/ unit .* 81\.5 % +2, 1 failed\s*\r?\n/)
  }, 120_000)

  test('says with its exit code how it went', async () => {
    const failed = await run('release')
    expect(failed.code).toBe(1)
    expect(failed.outcomes).toEqual([['release', 'failed', 1]])
    expect(failed.err).toContain('release is run: it was named, in spite of: ')
    const unknown = await run('compil')
    expect([unknown.code, unknown.events]).toEqual([2, []])
    expect(unknown.err).toContain('did you mean compile?')
    const nowhere = await run('--docker-host', 'unix:///nowhere/docker.sock')
    expect(nowhere.code).toBe(3)
    for (const status of ['blocked', 'empty']) {
      const file = status === 'blocked' ? 'ci/gated.yml' : 'ci/empty.yml'
      const { code, events } = await run('--file', file)
      expect([code, events.at(-1)]).toEqual([
        0,
        expect.objectContaining({ event: 'pipeline.finished', status }),
      ])
    }
  }, 120_000)
})
