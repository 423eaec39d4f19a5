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

test('the end of a token is told while jobs are asked for with it, the earliest of those of one name', () => {
  const figures = new RunnerFigures()
  const [old, next] = [new AbortController(), new AbortController()]
  figures.serving(next.signal)
  expect(figures.tokenExpiresAtS).toBeUndefined()
  figures.serving(old.signal, 5000)
  figures.serving(next.signal, 9000)
  expect(figures.tokenExpiresAtS).toBe(5)
  old.abort()
  expect(figures.tokenExpiresAtS).toBe(9)
  next.abort()
  expect(figures.tokenExpiresAtS).toBeUndefined()
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
