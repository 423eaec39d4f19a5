import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CliProcess } from '../cli-process.ts'

const PIPELINE = `
stages: [build, test]
variables:
  GREETING: hello
  WHOM: "$GREETING world"
build:
  stage: build
  script: [make]
  rules:
    - if: $CI_COMMIT_BRANCH == "nobody"
      when: never
    - if: $CI_PIPELINE_SOURCE == "push"
test:
  stage: test
  needs: [build]
  parallel: { matrix: [{ SIDE: [left, right] }] }
  script: [make test]
docs:
  stage: test
  script: [make docs]
  rules:
    - if: $WITH_DOCS
`

const BROKEN = `build:
  script: [make]
  imagee: redis
  needs: [tset]
test:
  script: [make]
  when: "構築"
`

let top: string

beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'entrepot-pipeline-'))
  await project('good', { '.gitlab-ci.yml': PIPELINE })
  const images = 'build: { image: busybox, services: [redis:7], script: [make] }\n'
  await project('images', { '.gitlab-ci.yml': images })
  await project('none', { '.gitlab-ci.yml': 'docs: { script: [x], rules: [{ if: $WITH_DOCS }] }\n' })
  const never = 'workflow: { rules: [{ if: $CI, when: never }] }\njob: { script: [x] }\n'
  await project('never', { '.gitlab-ci.yml': never })
  await project('broken', { '.gitlab-ci.yml': BROKEN })
})

afterAll(() => rm(top, { recursive: true, force: true }))

async function project(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  const directory = join(top, name)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false']
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '.'],
    ['commit', '-q', '-m', 'Begin'],
  ]) {
    execFileSync('git', [...who, ...args], { cwd: directory })
  }
}

async function entrepot(...args: string[]) {
  const cli = new CliProcess()
  const { PATH } = process.env
  const exitCode = await cli.run(args, { cwd: top, env: { PATH, HOME: top } })
  return { exitCode, out: cli.out, err: cli.err }
}

describe('entrepot why', () => {
  test('says which rule matched, with the values', async () => {
    const { exitCode, out } = await entrepot('why', 'build', '-C', 'good')
    expect(exitCode).toBe(0)
    expect(out).toBe(`build is in the pipeline
  rule 2 matches: on_success
  rule 1 does not match
    no  if $CI_COMMIT_BRANCH == "nobody"
        CI_COMMIT_BRANCH is "main"
  rule 2 matches
    yes if $CI_PIPELINE_SOURCE == "push"
        CI_PIPELINE_SOURCE is "push"
`)
  })

  test('says why a job is not there, and what a variable would change', async () => {
    expect((await entrepot('why', 'docs', '-C', 'good')).out).toContain(
      'docs is not in the pipeline\n  none of its rules matches\n',
    )
    const { out } = await entrepot('why', 'docs', '-C', 'good', '--variable', 'WITH_DOCS=1', '--json')
    const { jobs } = JSON.parse(out)
    expect(jobs).toMatchObject([
      { name: 'docs', isPlanned: true, when: 'on_success', summary: 'rule 1 matches: on_success' },
    ])
  })

  test('explains each job of a parallel one', async () => {
    const { out } = await entrepot('why', 'test', '-C', 'good', '--json')
    expect(JSON.parse(out).jobs.map(({ name }: { name: string }) => name)).toEqual([
      'test: [left]',
      'test: [right]',
    ])
  })

  test('says of a job why it is not there when no other is, either', async () => {
    expect(await entrepot('why', 'docs', '-C', 'none')).toMatchObject({
      exitCode: 0,
      out: `docs is not run: there is no pipeline
  no job was added to the pipeline
docs is not in the pipeline
  none of its rules matches
  rule 1 does not match
    no  if $WITH_DOCS
        WITH_DOCS is not set
`,
    })
  })

  test('suggests the job that was meant', async () => {
    const { exitCode, out, err } = await entrepot('why', 'biuld', '-C', 'good')
    expect({ exitCode, out, err }).toEqual({
      exitCode: 2,
      out: '',
      err: 'entrepot: there is no job biuld in .gitlab-ci.yml (did you mean build?)\n',
    })
  })
})

describe('entrepot vars', () => {
  async function variables(...args: string[]) {
    const { out } = await entrepot('vars', ...args, '-C', 'good', '--json')
    return new Map<string, { value: string; origin: string }>(
      JSON.parse(out)[0].variables.map((each: { name: string }) => [each.name, each]),
    )
  }

  test('has values as the job gets them, and where they come from', async () => {
    const found = await variables('test: [left]', '--variable', 'GREETING=bye')
    expect(found.get('GREETING')).toMatchObject({ value: 'bye', origin: 'command line' })
    expect(found.get('WHOM')).toMatchObject({ value: 'bye world', origin: 'pipeline' })
    expect(found.get('SIDE')).toMatchObject({ value: 'left', origin: 'matrix' })
    expect(found.get('CI_COMMIT_BRANCH')).toMatchObject({ value: 'main', origin: 'predefined' })
  })

  test('never shows what is masked, wherever it was put in', async () => {
    const secret = 's3cret-of-vars'
    const given = ['--variable', `API_TOKEN=${secret}`, '--variable', 'URL=https://me:$API_TOKEN@example.com']
    for (const form of [[], ['--json']]) {
      const { out } = await entrepot('vars', 'build', '-C', 'good', ...given, ...form)
      expect(out).not.toContain(secret)
      expect(out).toContain('https://me:[MASKED]@example.com')
    }
  })

  test('are those of a job that its rules leave out, too', async () => {
    expect((await variables('docs')).get('CI_JOB_NAME')).toMatchObject({ value: 'docs' })
  })
})

describe('entrepot run', () => {
  test('of a pipeline that is not created ends well, and says why, without an engine', async () => {
    const { exitCode, out, err } = await entrepot(
      'run',
      '--json',
      '-C',
      'never',
      '--docker-host',
      'unix:///nowhere',
    )
    expect(exitCode).toBe(0)
    expect(err).toBe('entrepot: there is no pipeline: workflow rule 1 matches, and says never\n')
    expect(
      out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        event: 'pipeline.finished',
        time: expect.any(String),
        status: 'empty',
        cacheHits: 0,
        upstreamRequests: 0,
        bytesSaved: 0,
      },
    ])
  })
})

describe('entrepot run --list', () => {
  test('prints the jobs, and those that rules leave out', async () => {
    const { exitCode, out } = await entrepot('run', '--list', '-C', 'good')
    expect(exitCode).toBe(0)
    expect(out).toBe(`STAGE  JOB            WHEN        FAILURE  NEEDS
build  build          on_success
test   test: [left]   on_success           build
test   test: [right]  on_success           build

not in the pipeline:
  docs: none of its rules matches
`)
  })

  test('prints JSON', async () => {
    const { out } = await entrepot('run', '--list', '--json', '-C', 'good')
    expect(JSON.parse(out)).toMatchObject({
      stages: ['build', 'test'],
      jobs: [
        { name: 'build', needs: null },
        { name: 'test: [left]', needs: ['build'] },
        { name: 'test: [right]' },
      ],
      absent: [{ name: 'docs', reason: 'none of its rules matches' }],
    })
  })
})

describe('entrepot plan', () => {
  test('says what is in the cache of this machine, and what a run would pull', async () => {
    const { exitCode, out, err } = await entrepot('plan', '-C', 'images')
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
    expect(out).toContain(`IMAGE    CACHE   SIZE  JOBS
busybox  absent        build
redis:7  absent        build

A run would pull 2 images from upstream.
`)
    const { out: json } = await entrepot('plan', '-C', 'images', '--json')
    expect(JSON.parse(json)).toMatchObject({
      upstreamPulls: 2,
      confirmations: 0,
      jobs: [{ name: 'build', images: ['busybox', 'redis:7'] }],
      images: [{ name: 'busybox', canonical: 'docker.io/library/busybox:latest', state: 'absent' }, {}],
    })
  })
})

describe('a pipeline file with mistakes', () => {
  test('is refused with all of them, each with its line and a caret', async () => {
    const { exitCode, out, err } = await entrepot('why', 'build', '-C', 'broken')
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' })
    expect(err).toBe(`entrepot: 2 mistakes in the pipeline:
  .gitlab-ci.yml:3:3: build: imagee is no keyword (did you mean image?)
        imagee: redis
        ^
  .gitlab-ci.yml:7:9: test: when takes on_success, on_failure, always, manual, delayed; 構築 is none of them
        when: "構築"
              ^
`)
  })

  test('is refused when the project is none', async () => {
    const { exitCode, err } = await entrepot('why', 'build', '-C', 'nowhere')
    expect(exitCode).toBe(2)
    expect(err).toContain('nowhere cannot be entered')
  })
})
