import { describe, expect, test } from 'vitest'
import { openView } from '../../../../src/cli/run/view/open-view.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { at, finished, jobFinished, jobStarted, logged, started } from './events.ts'
import { viewContext } from './view-context.ts'

const ESCAPE = '\u001b'
const MOVES = new RegExp(`(\\n|\\r|${ESCAPE}\\[\\d*[AJ])`)
const MOVE = new RegExp(`^${ESCAPE}\\[(\\d*)([AJ])$`)

/** What stands on a terminal that understands what the footer uses: lines, returns, going up, erasing below. */
function rows(written: string): readonly string[] {
  const screen = ['']
  let row = 0
  for (const part of written.split(MOVES)) {
    const move = MOVE.exec(part)
    if (part === '\n') row += 1
    else if (move?.[2] === 'A') row -= Number(move[1])
    else if (move?.[2] === 'J') screen.splice(row, screen.length - row, '')
    else if (part !== '\r') screen[row] = `${screen[row] ?? ''}${part}`
    screen[row] ??= ''
  }
  return screen
}

async function tick(clock: FakeClock): Promise<void> {
  await new Promise(setImmediate)
  clock.advance(100)
  await new Promise(setImmediate)
}

describe('a terminal', () => {
  test('has the footer below the lines, and nothing of it when the run is over', async () => {
    const clock = new FakeClock(Date.parse(at(0)))
    const context = viewContext({ columns: 60, clock })
    const view = await openView({}, context)
    view.on(started(['build', 'test'], ['test', 'test']))
    view.on(jobStarted('build', 0))
    await tick(clock)
    expect(rows(context.out)).toEqual(['build | starts (test)', '0 of 2 jobs done, 0:00', '  build  0:00'])
    view.on(logged('build', 'one\u001b[2J'))
    view.on(logged('build', '1%\r2%'))
    clock.advance(7000)
    await tick(clock)
    expect(rows(context.out)).toEqual([
      'build | starts (test)',
      'build | one',
      'build | 2%',
      '0 of 2 jobs done, 0:07',
      '  build  0:07',
    ])
    view.say('a note\n')
    expect(rows(context.out)).toEqual(['build | starts (test)', 'build | one', 'build | 2%', ''])
    expect(context.err).toBe('a note\n')
    view.on(jobFinished('build'))
    view.on(finished())
    await view.close()
    const left = rows(context.out)
    expect(left[3]).toBe('build | succeeded in 1.5 s')
    expect(left.join('\n')).not.toContain('jobs done')
    expect(left.at(-2)).toBe('2 pulls from the cache, 3.0 MiB saved, 1 upstream request')
  })

  test('writes nothing while nothing changes', async () => {
    const clock = new FakeClock(Date.parse(at(0)))
    const context = viewContext({ columns: 60, clock })
    const view = await openView({}, context)
    view.on(started(['build', 'test']))
    await tick(clock)
    const { out } = context
    await tick(clock)
    expect(context.out).toBe(out)
    await view.close()
    expect(rows(context.out)).toEqual([''])
  })

  test.each([30, 50, 70, 200])('of %i columns has a table that fits', async (columns) => {
    const clock = new FakeClock(Date.parse(at(0)))
    const context = viewContext({ columns, clock })
    const view = await openView({}, context)
    view.on(started(['構築', 'build'], ['test', 'test']))
    view.on(
      jobFinished('構築', {
        stage: 'build',
        status: 'canceled',
        reason: 'a sentence '.repeat(20),
        exitCode: 3,
      }),
    )
    view.on(jobFinished('test'))
    view.on(finished())
    await view.close()
    const table = rows(context.out).filter((line) => /^(STATUS|success|canceled) /.test(line))
    expect(table).toHaveLength(3)
    for (const line of table) expect(line.length).toBeLessThanOrEqual(columns)
    expect(table[0]?.includes('WAIT')).toBe(columns >= 70)
  })
})
