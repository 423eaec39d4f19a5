import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JobVariable } from '../../../src/executor/job/job.ts'
import { JobVariables } from '../../../src/executor/job/job-variables.ts'
import { afterScript, type ScriptContext, stepScript } from '../../../src/executor/script/job-scripts.ts'
import type { ScriptStyle } from '../../../src/executor/script/script-style.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import { variable } from '../job/variable.ts'
import { runShell, SHELLS } from './run-shell.ts'

const PLAIN: ScriptStyle = { hasSections: false, checksExitCodes: false, isTraced: false }

describe.each(SHELLS)('in $shell', ({ argv }) => {
  let home: Awaited<ReturnType<typeof makeTempDir>>
  beforeEach(async () => {
    home = await makeTempDir()
  })
  afterEach(() => home[Symbol.asyncDispose]())

  const context = (
    variables: readonly JobVariable[] = [],
    style: Partial<ScriptStyle> = {},
  ): ScriptContext => ({
    variables: new JobVariables([
      ...variables,
      variable('RUNNER_TEMP_PROJECT_DIR', join(home.path, 'it\'s "here".tmp')),
    ]),
    projectDirectory: join(home.path, 'it\'s "here" $HOME'),
    style: { ...PLAIN, ...style },
  })
  const run = (commands: readonly string[], given = context()) =>
    runShell(argv, stepScript({ commands }, given))
  /** Only what the commands wrote: what is shown of them is coloured. */
  const output = async (commands: readonly string[], given = context()) => {
    const { stdout, stderr, exitCode } = await run(commands, given)
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for
    return stdout.replaceAll(/\x1b\[32;1m[^\x1b]*\x1b\[0;m\n/g, '')
  }

  test('commands are shown, coloured, before they run', async () => {
    const { stdout } = await run(['echo one', '', '  printf "%s\\n" two  '])
    expect(stdout).toBe('\x1b[32;1m$ echo one\x1b[0;m\none\n\n\x1b[32;1m$ printf "%s\\n" two\x1b[0;m\ntwo\n')
  })

  test('of several lines the first is shown', async () => {
    const { stdout } = await run(['for x in a b\ndo echo $x\ndone\n'])
    expect(stdout).toBe('\x1b[32;1m$ for x in a b # collapsed multi-line command\x1b[0;m\na\nb\n')
  })

  test('with sections they are all shown, in one that is closed', async () => {
    const { stdout } = await run(['echo a\necho b'], context([], { hasSections: true }))
    expect(stdout.replaceAll(/:[0-9]{5,}:/g, ':NOW:')).toBe(
      'section_start:NOW:section_script_step_0[hide_duration=true,collapsed=true]\r\x1b[0K' +
        '\x1b[32;1m$ echo a\necho b\x1b[0;m\na\nb\n' +
        'section_end:NOW:section_script_step_0\r\x1b[0K',
    )
  })

  test('a loop may span several commands', async () => {
    expect(await output(['for x in 1 2; do', 'echo $x', 'done'])).toBe('1\n2\n')
  })

  test.each([
    { name: 'single quotes', value: "it's '' '\\'' '" },
    { name: 'double quotes and backslashes', value: '"\\" \\\\ \\n \\x41' },
    { name: 'what shells expand', value: '$HOME `id` $(id) ${x} !! ~ * ? [a] {a,b} #' },
    { name: 'ANSI quoting', value: "$'\\x41' $'a\\nb'" },
    { name: 'line ends and tabs', value: 'a\nb\r\n\tc\n' },
    { name: 'unicode and control characters', value: 'é 漢字 🎉 \x01\x1b[0m\x7f' },
    { name: 'options', value: '-n -e --' },
    { name: 'nothing', value: '' },
  ])('$name survive in a variable, a file variable and a command', async ({ value }) => {
    const given = context([
      variable('VALUE', value, { isRaw: true }),
      variable('FILE', value, { isRaw: true, isFile: true }),
    ])
    const word = `'${value.replaceAll("'", "'\\''")}'`
    const path = join(home.path, 'copy')
    await output(
      [`printf '%s' "$VALUE" > '${path}'`, `cp "$FILE" '${path}-2'`, `printf '%s' ${word} > '${path}-3'`],
      given,
    )
    const copies = await Promise.all([path, `${path}-2`, `${path}-3`].map((file) => readFile(file, 'utf8')))
    expect(copies).toEqual([value, value, value])
  })

  test('a name that no shell takes is left to the environment of the container', async () => {
    const given = context([
      variable('a-b', 'x'),
      variable('../../x', 'y', { isFile: true }),
      variable('OK', 'z'),
    ])
    expect(await output(['echo $OK'], given)).toBe('z\n')
  })

  test('they start in the project directory, which is made', async () => {
    const given = context()
    expect(await output(['pwd'], given)).toBe(`${given.projectDirectory}\n`)
    expect((await stat(given.projectDirectory)).isDirectory()).toBe(true)
  })

  test('they find nothing on their standard input', async () => {
    expect(await output(['cat', 'read line || echo nothing'])).toBe('nothing\n')
  })

  test.each([
    { name: 'the first failure ends the script', commands: ['false', 'echo never'], exitCode: 1 },
    { name: 'with its exit code', commands: ['(exit 42)', 'echo never'], exitCode: 42 },
    { name: 'exit ends it', commands: ['exit 3', 'echo never'], exitCode: 3 },
    { name: 'exit 0 too', commands: ['exit 0', 'echo never'], exitCode: 0 },
    { name: 'an unknown program is 127', commands: ['no-such-program', 'echo never'], exitCode: 127 },
    {
      name: 'a failure that is handled does not',
      commands: ['false || true', 'if false; then :; fi'],
      exitCode: 0,
    },
  ])('$name', async ({ commands, exitCode }) => {
    const end = await run(commands)
    expect(end.exitCode).toBe(exitCode)
    expect(end.stdout.split('\n')).not.toContain('never')
  })

  test('a script that is no script fails, and does not run', async () => {
    const end = await run(['if true; then'])
    expect(end.exitCode).not.toBe(0)
    expect(end.stderr).not.toBe('')
  })

  test('files may be written over, and a shell changed does not outlive its script', async () => {
    expect(await output(['echo a > x', 'echo b > x', 'cat x', 'set +e', 'false', 'true'])).toBe('b\n')
  })

  test('what is written to GITLAB_ENV is there in the next script', async () => {
    const given = context([variable('CHANGED', 'before')])
    const lines = ['CHANGED=after', 'NEW=a=b "c" $d', 'bad-name=1', '1X=2', '', 'LAST=no line end']
    await output([`printf '%s' '${lines.join('\n')}' >> "$GITLAB_ENV"`], given)
    expect(await output(['echo "$CHANGED|$NEW|$LAST"'], given)).toBe('after|a=b "c" $d|no line end\n')
  })

  test("the runner's own scripts go around the step's", async () => {
    const script = stepScript(
      { commands: ['echo job'], before: 'echo before', after: 'echo after' },
      context(),
    )
    const { stdout } = await runShell(argv, script)
    expect(stdout.split('\n').filter((line) => !line.startsWith('\x1b'))).toEqual([
      'before',
      'job',
      'after',
      '',
    ])
  })

  test('after_script says so, knows how the steps ended, and has a shell of its own', async () => {
    const given = context([variable('CI_JOB_STATUS', 'running'), variable('X', 'as ever')])
    await output(['export X=changed'], given)
    const { stdout } = await runShell(argv, afterScript(['echo "$CI_JOB_STATUS $X"'], 'timedout', given))
    expect(stdout).toBe(
      '\x1b[32;1mRunning after script...\x1b[0;m\n\x1b[32;1m$ echo "$CI_JOB_STATUS $X"\x1b[0;m\ntimedout as ever\n',
    )
  })

  test('a command that errexit lets pass ends the script where exit codes are checked', async () => {
    const commands = ['false && true', 'echo on', '(exit 7)\n', 'echo never']
    const lax = await run(commands)
    expect(lax.stdout).toContain('\non\n')
    expect(lax.exitCode).toBe(7)
    for (const hasSections of [false, true]) {
      const strict = await run(commands, context([], { checksExitCodes: true, hasSections }))
      expect(strict.stdout).not.toContain('\non\n')
      expect(strict.exitCode).toBe(1)
    }
  })

  test('what the shell does is shown where that is asked for', async () => {
    const { stderr } = await run(['true "$((20 + 3))"'], context([], { isTraced: true }))
    expect(stderr).toMatch(/^\++ true '?23'?$/m)
  })
})

test.each([
  { shell: 'bash', argv: ['bash'] as const },
  { shell: 'busybox sh', argv: ['busybox', 'sh'] as const },
])('in $shell a pipe fails with any of its programs', async ({ argv }) => {
  await using home = await makeTempDir()
  const context = {
    variables: new JobVariables([]),
    projectDirectory: home.path,
    style: PLAIN,
  }
  const end = await runShell(argv, stepScript({ commands: ['(exit 5) | cat', 'echo never'] }, context))
  expect(end.exitCode).toBe(5)
})
