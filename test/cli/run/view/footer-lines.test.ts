import { describe, expect, test } from 'vitest'
import { displayWidth } from '../../../../src/cli/display-width.ts'
import { paletteOf } from '../../../../src/cli/palette.ts'
import { elapsed, footerLines } from '../../../../src/cli/run/view/footer-lines.ts'
import { follow, NOTHING_YET } from '../../../../src/cli/run/view/run-overview.ts'
import type { RunEvent } from '../../../../src/pipeline/run/pipeline-events.ts'
import { at, BEGIN, finished, jobFinished, jobStarted, started } from './events.ts'

const PLAIN = paletteOf(false)

function footer(events: readonly RunEvent[], { ms = 10_000, columns = 60 } = {}): readonly string[] {
  return footerLines(events.reduce(follow, NOTHING_YET), BEGIN + ms, columns, PLAIN)
}

const TWO = started(['build', 'build'], ['test', 'test'])

describe('the footer', () => {
  test.each([
    { name: 'before anything is known', events: [], want: [] },
    { name: 'when all is over', events: [TWO, finished()], want: [] },
    { name: 'at the beginning', events: [TWO], want: ['0 of 2 jobs done, 0:10'] },
    {
      name: 'with a job that runs',
      events: [TWO, jobStarted('build', 3000)],
      want: ['0 of 2 jobs done, 0:10', '  build  0:07'],
    },
    {
      name: 'with one that failed and one that runs',
      events: [TWO, jobFinished('build', { status: 'failed' }), jobStarted('test', 9000)],
      want: ['1 of 2 jobs done, 1 failed, 0:10', '  test  0:01'],
    },
    {
      name: 'with one that waits for its time',
      events: [TWO, { event: 'job.delayed', time: at(0), job: 'test', stage: 'test', startAt: at(95_000) }],
      want: ['0 of 2 jobs done, 1 delayed, the next for 1:25, 0:10'],
    },
    {
      name: 'with one that is tried again',
      events: [
        TWO,
        jobStarted('build', 0),
        { event: 'job.retried', time: at(1), job: 'build', stage: 'build', reason: 'x', exitCode: 1 },
      ],
      want: ['0 of 2 jobs done, 0:10'],
    },
    {
      name: 'with an image on its way',
      events: [
        TWO,
        { event: 'image.progress', time: at(0), reference: 'redis:7', bytes: 0, totalBytes: 100 },
        {
          event: 'image.progress',
          time: at(9000),
          reference: 'redis:7',
          bytes: 1048576,
          totalBytes: 4194304,
        },
      ],
      want: ['0 of 2 jobs done, 0:10', '  redis:7 [=====               ] 1.0 MiB of 4.0 MiB'],
    },
    {
      name: 'when the image is there',
      events: [
        TWO,
        { event: 'image.progress', time: at(0), reference: 'redis:7', bytes: 0, totalBytes: 100 },
        {
          event: 'image.pulled',
          time: at(1),
          reference: 'redis:7',
          digest: null,
          source: 'cache',
          bytes: 100,
          upstreamRequests: 0,
        },
      ],
      want: ['0 of 2 jobs done, 0:10'],
    },
  ] satisfies readonly { name: string; events: readonly RunEvent[]; want: readonly string[] }[])(
    '$name',
    ({ events, want }) => {
      expect(footer(events)).toEqual(want)
    },
  )

  test('has room for so many jobs only', () => {
    const names = Array.from({ length: 20 }, (_, index) => `job ${index}`)
    const lines = footer([
      started(...names.map((name) => [name, 'test'] as const)),
      ...names.map((name) => jobStarted(name, 0)),
    ])
    expect(lines).toHaveLength(10)
    expect(lines.at(-1)).toBe('  and 12 more running')
  })

  test.each([10, 20, 39, 80])(
    'is narrower than a terminal of %i columns, whatever names are in it',
    (columns) => {
      const names = ['構築: [長い名前, もっと長い名前]', 'x'.repeat(200), '👩‍👩‍👧‍👦 family', 'a\u001b[2Jb\nc']
      const events = [
        started(...names.map((name) => [name, 'test'] as const)),
        ...names.map((name) => jobStarted(name, 0)),
        {
          event: 'image.progress',
          time: at(0),
          reference: `r/${'y'.repeat(99)}`,
          bytes: 9,
          totalBytes: 10,
        } as const,
      ]
      for (const line of footer(events, { columns })) {
        expect(displayWidth(line)).toBeLessThan(Math.max(columns, 11))
        for (const control of ['\n', '\r', '\u001b']) expect(line).not.toContain(control)
      }
    },
  )

  test.each([
    [-5, '0:00'],
    [999, '0:00'],
    [61_000, '1:01'],
    [3_723_000, '1:02:03'],
  ])('%i ms is %s', (ms, text) => {
    expect(elapsed(ms)).toBe(text)
  })
})
