import { describe, expect, test } from 'vitest'
import { planPipeline } from '../../../src/pipeline/plan/plan-pipeline.ts'
import type { PlannedJob } from '../../../src/pipeline/plan/planned-job.ts'
import { selectJobs } from '../../../src/pipeline/plan/select-jobs.ts'
import { type StartableJob, startableJobs } from '../../../src/pipeline/plan/startable-jobs.ts'
import { loadText } from '../load-text.ts'
import { context } from '../support/context.ts'

const TEXT = `
stages: [build, test, deploy]
compile: {stage: build, script: x}
lint: {stage: build, script: x}
unit: {stage: test, needs: [compile], script: x}
slow: {stage: test, script: x}
ship: {stage: deploy, needs: [unit], script: x}
`

async function planned(text: string): Promise<readonly PlannedJob[]> {
  return planPipeline(await loadText(text), context()).jobs
}

describe('of a pipeline', () => {
  test.each([
    { names: ['unit'], withNeeds: false, want: ['unit'] },
    { names: ['ship'], withNeeds: true, want: ['compile', 'unit', 'ship'] },
    { names: ['slow'], withNeeds: true, want: ['compile', 'lint', 'slow'] },
    { names: ['ship', 'lint'], withNeeds: false, want: ['lint', 'ship'] },
  ])('$names with needs: $withNeeds are $want, in its order', async ({ names, withNeeds, want }) => {
    const chosen = selectJobs(await planned(TEXT), new Set(names), { withNeeds })
    expect(chosen.map(({ name }) => name)).toEqual(want)
  })

  test('what is left out is neither waited for, nor are artifacts taken from it', async () => {
    const [unit] = selectJobs(await planned(TEXT), new Set(['unit']), { withNeeds: false })
    expect(unit).toMatchObject({ needs: [], artifactsFrom: [] })
    const both = selectJobs(await planned(TEXT), new Set(['unit']), { withNeeds: true })
    expect(both.at(-1)).toMatchObject({ needs: ['compile'], artifactsFrom: ['compile'] })
  })
})

describe('without a word of anybody start', () => {
  const names = (jobs: readonly Pick<StartableJob, 'name'>[]) => jobs.map(({ name }) => name)

  test.each([
    { name: 'all, when none is manual', text: TEXT, want: ['compile', 'lint', 'unit', 'slow', 'ship'] },
    {
      name: 'no manual job, but what comes after one that may be left',
      text: 'stages: [a, b]\nm: {stage: a, when: manual, script: x}\nn: {stage: b, script: x}\n',
      want: ['n'],
    },
    {
      name: 'nothing behind one that blocks, but for what needs only others',
      text: `
stages: [a, b, c]
m: {stage: a, script: x, rules: [{when: manual}]}
o: {stage: a, script: x}
n: {stage: b, script: x}
p: {stage: b, needs: [o], script: x}
q: {stage: c, needs: [n], script: x}
`,
      want: ['o', 'p'],
    },
    {
      name: 'nothing that needs a manual job',
      text: 'm: {when: manual, script: x}\nn: {needs: [m], script: x}\no: {needs: [n], script: x}\n',
      want: [],
    },
    { name: 'none that cannot be run here', text: 'a: {trigger: acme/b}\nb: {script: x}\n', want: ['b'] },
  ])('$name', async ({ text, want }) => {
    expect(names(startableJobs(await planned(text), new Set()))).toEqual(want)
  })

  test('manual jobs that somebody said yes to, and what stands behind them', async () => {
    const jobs = await planned('m: {when: manual, script: x}\nn: {needs: [m], script: x}\n')
    expect(names(startableJobs(jobs, new Set(['m'])))).toEqual(['m', 'n'])
  })
})
