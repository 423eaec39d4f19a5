import { openView } from '../../../../src/cli/run/view/open-view.ts'
import { systemClock } from '../../../../src/clock.ts'
import { finished, jobFinished, jobStarted, logged, started } from './events.ts'

/** A run on the terminal that this process has: a job that draws bars, clears the screen, and is done. */
const view = await openView(
  {},
  {
    env: { NO_COLOR: '1' },
    cwd: '/',
    self: [process.execPath],
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    clock: systemClock,
    exit: () => undefined,
  },
)
view.on(started(['build', 'test']))
view.on(jobStarted('build', 0))
await systemClock.sleep(250)
view.on(logged('build', '10%\r100%'))
view.on(logged('build', '\u001b[2J\u001b[Hcleared'))
await systemClock.sleep(250)
view.on(jobFinished('build'))
view.on(finished())
await view.close()
process.stdout.write('the end\n')
