import { expect, test } from 'vitest'
import { RunnerFigures } from '../../src/runner/figures/runner-figures.ts'

test('the state of a runner is the worst of those that have its name and take jobs', () => {
  const figures = new RunnerFigures()
  expect(figures.state).toBeUndefined()
  const ends = [new AbortController(), new AbortController()]
  const [one, other] = ends.map(({ signal }) => figures.serving(signal))
  if (one === undefined || other === undefined) throw new Error('there are two')
  expect(figures.state).toBe('asking')
  one.state = 'unusable'
  other.state = 'unanswered'
  expect(figures.state).toBe('unusable')
  ends[0]?.abort()
  expect(figures.state).toBe('unanswered')
  ends[1]?.abort()
  expect(figures.state).toBeUndefined()
  figures.serving(AbortSignal.abort()).state = 'unusable'
  expect(figures.state).toBeUndefined()
})

test('a job runs until its end is told, and counts once', () => {
  const figures = new RunnerFigures()
  figures.jobBegan()
  figures.jobBegan()
  expect(figures.jobsRunning).toBe(2)
  figures.jobIsOver('image_pull_failure', 61_000)
  expect(figures.jobsRunning).toBe(1)
  expect([...figures.jobsEnded].filter(([, count]) => count > 0)).toEqual([['image_pull_failure', 1]])
  expect(figures.durations.counts).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0])
  expect(figures.durations.sumS).toBe(61)
})
