import { expect, test } from 'vitest'
import { chooseJobs, type JobChoice } from '../../../src/cli/run/choose-jobs.ts'
import { ProjectRefused } from '../../../src/cli/run/project-refused.ts'
import { planPipeline } from '../../../src/pipeline/plan/plan-pipeline.ts'
import { loadText } from '../../pipeline/load-text.ts'
import { context } from '../../pipeline/support/context.ts'

const TEXT = `
compile: {script: x}
test: {needs: [compile], parallel: {matrix: [{A: [x, y]}]}, script: x}
release: {script: x, rules: [{if: $CI_COMMIT_TAG, when: manual}]}
ship: {script: x, when: manual}
`

async function choose(names: readonly string[], choice: JobChoice = {}) {
  const config = await loadText(TEXT)
  const plan = planPipeline(config, context(), { forced: new Set(names) })
  const { jobs, played, notes } = chooseJobs(names, choice, { config, plan })
  return { jobs: jobs.map(({ name }) => name), played: [...played], notes }
}

test('without names all jobs are run', async () => {
  const { jobs } = await choose([])
  expect(jobs).toEqual(['compile', 'test: [x]', 'test: [y]', 'ship'])
})

test('a job that is named runs whatever its rules say, with a note', async () => {
  const { jobs, notes } = await choose(['release'])
  expect(jobs).toEqual(['release'])
  expect(notes).toEqual(['release is run: it was named, in spite of: none of its rules matches'])
})

test('the name of a parallel job stands for all of its own, that of one for itself', async () => {
  expect((await choose(['test'])).jobs).toEqual(['test: [x]', 'test: [y]'])
  expect((await choose(['test: [y]'])).jobs).toEqual(['test: [y]'])
  expect((await choose(['test: [y]'], { needs: true })).jobs).toEqual(['compile', 'test: [y]'])
})

test('manual jobs are started by their names', async () => {
  expect((await choose([], { manual: ['ship'] })).played).toEqual(['ship'])
  await expect(choose([], { manual: ['shp'] })).rejects.toThrow(
    new ProjectRefused('there is no job shp in .gitlab-ci.yml (did you mean ship?)'),
  )
})
