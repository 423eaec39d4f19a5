import { expect, test } from 'vitest'
import { shellCommand } from '../../../src/executor/script/shell-command.ts'
import { runShell } from './run-shell.ts'

const [program = 'sh', ...args] = shellCommand()

test('it is one line: entrypoints may put their arguments together again', () => {
  expect(shellCommand({ isLogin: true }).join(' ')).not.toContain('\n')
})

test.each([
  { name: 'as the command of an image without an entrypoint', argv: [program, ...args] },
  { name: 'behind an entrypoint that runs its arguments', argv: ['env', program, ...args] },
  { name: 'behind the entrypoint ["/bin/sh", "-c"]', argv: ['/bin/sh', '-c', program, ...args] },
  { name: 'as a login shell', argv: [...shellCommand({ isLogin: true })] },
])('a shell reads the script $name', async ({ argv: [first = '', ...rest] }) => {
  expect(await runShell([first, ...rest], 'echo hello; exit 7\n')).toEqual({
    stdout: 'hello\n',
    stderr: '',
    exitCode: 7,
  })
})

test('an image without a shell says so', async () => {
  const nowhere = args.map((arg) => arg.replaceAll('[ -x /', '[ -x /nowhere/'))
  expect(await runShell([program, ...nowhere], 'echo hello\n')).toMatchObject({
    stdout: 'shell not found\n',
    exitCode: 1,
  })
})
