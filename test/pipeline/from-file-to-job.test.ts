import { describe, expect, test } from 'vitest'
import { compileJob } from '../../src/pipeline/compile/compile-job.ts'
import { planPipeline } from '../../src/pipeline/plan/plan-pipeline.ts'
import type { PlannedJob } from '../../src/pipeline/plan/planned-job.ts'
import { readFileVariable } from '../../src/pipeline/variables/given-variables.ts'
import type { OriginVariable } from '../../src/pipeline/variables/origin-variable.ts'
import { loadText } from './load-text.ts'
import { MovedPipeline } from './schedule/jobs.ts'
import { context } from './support/context.ts'
import { START } from './support/job-start.ts'

async function plan(text: string, variables: readonly OriginVariable[] = []): Promise<readonly PlannedJob[]> {
  return planPipeline(await loadText(text), context({ variables })).jobs
}

function compile(planned: PlannedJob | undefined, variables: readonly OriginVariable[] = []) {
  if (planned === undefined) throw new Error('there is no job')
  return compileJob(planned, context({ variables }), START)
}

describe('from the file to the job', () => {
  test('reports:junit are uploaded whatever becomes of the job', async () => {
    const [job] = await plan('a: {script: x, artifacts: {reports: {junit: [out/*.xml, b.xml]}}}\n')
    expect(compile(job).artifacts).toMatchObject([
      { type: 'junit', format: 'gzip', when: 'always', paths: ['out/*.xml', 'b.xml'] },
    ])
  })

  test('needs:parallel:matrix waits for those cells alone, and takes their artifacts', async () => {
    const jobs = await plan(`
build: {stage: build, script: x, parallel: {matrix: [{OS: [linux, mac], ARCH: [arm, amd]}]}}
pack:
  script: x
  needs:
    - job: build
      parallel: {matrix: [{OS: mac, ARCH: [arm]}, {OS: linux, ARCH: amd}]}
`)
    const pack = jobs.find(({ name }) => name === 'pack')
    expect(pack?.needs).toEqual(['build: [linux, amd]', 'build: [mac, arm]'])
    expect(pack?.artifactsFrom).toEqual(['build: [linux, amd]', 'build: [mac, arm]'])
    const pipeline = new MovedPipeline(jobs)
    pipeline.end('build: [linux, amd]')
    expect(pipeline.status('pack')).toBe('created')
    pipeline.end('build: [mac, arm]')
    expect(pipeline.running).toEqual(['build: [linux, arm]', 'build: [mac, amd]', 'pack'])
  })

  test.each([
    { name: 'of the job', text: 'a: {script: x, when: delayed, start_in: 2 minutes}\n' },
    { name: 'of a rule', text: 'a: {script: x, rules: [{when: delayed, start_in: "120"}]}\n' },
  ])('start_in $name is waited for, unless delays are skipped', async ({ text }) => {
    const jobs = await plan(text)
    const pipeline = new MovedPipeline(jobs)
    expect(pipeline.started).toEqual([])
    expect(pipeline.wakeAt).toBe(pipeline.nowAt + 120_000)
    pipeline.nowAt += 120_000
    pipeline.happen({ kind: 'time' })
    expect(pipeline.started).toEqual(['a'])
    expect(new MovedPipeline(jobs, { skipDelays: true }).started).toEqual(['a'])
  })

  test('jobs of one resource_group, by what its variables say, run one after the other', async () => {
    const jobs = await plan(`
.deploy: {script: x, resource_group: "deploy-$WHERE"}
a: {extends: .deploy, variables: {WHERE: one}}
b: {extends: .deploy, variables: {WHERE: one}}
c: {extends: .deploy, variables: {WHERE: two}}
`)
    const pipeline = new MovedPipeline(jobs)
    expect(pipeline.running).toEqual(['a', 'c'])
    pipeline.end('a')
    expect(pipeline.running).toEqual(['b', 'c'])
  })

  test('a file variable goes with its content, and is put into no other', async () => {
    const variables = [await readFileVariable('KUBECONFIG=k.yml', async (path) => `content of ${path}`)]
    const [job] = await plan('a: {script: x, variables: {FLAGS: "--config $KUBECONFIG"}}\n', variables)
    const compiled = compile(job, variables).variables
    expect(compiled.find(({ key }) => key === 'KUBECONFIG')).toMatchObject({
      value: 'content of k.yml',
      isFile: true,
    })
    expect(compiled.find(({ key }) => key === 'FLAGS')?.value).toBe('--config $KUBECONFIG')
  })

  test('(a2.17) without a user of the file nobody is named, so the image decides', async () => {
    const [plain, named] = await plan(
      'a: {script: x, image: i}\nb: {script: x, image: {name: i, docker: {user: ci}}}\n',
    )
    expect(compile(plain).image?.user).toBeUndefined()
    expect(compile(named).image?.user).toBe('ci')
  })
})
