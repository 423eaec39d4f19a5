import { describe, expect, test } from 'vitest'
import { appendRunner } from '../../../src/executor/config/append-runner.ts'
import { RunnerConfigError } from '../../../src/executor/config/config-error.ts'
import { fillFrom, readTemplate } from '../../../src/executor/config/read-template.ts'
import { removeRunners } from '../../../src/executor/config/remove-runners.ts'

const FILE = 'config.toml'
const RUNNER = {
  name: 'a "b"',
  token: 'glrt-x',
  docker: { image: 'ruby:3.3', tmpfs: { '/run': 'rw' }, services: [{ name: 'mysql' }, { name: 'redis' }] },
}
const BLOCK = `[[runners]]
  name = "a \\"b\\""
  token = "glrt-x"
  [runners.docker]
    image = "ruby:3.3"
    [runners.docker.tmpfs]
      "/run" = "rw"
    [[runners.docker.services]]
      name = "mysql"
    [[runners.docker.services]]
      name = "redis"
`

describe('a runner is added at the end', () => {
  test.each([
    ['of a new file', undefined, `concurrent = 1\n\n${BLOCK}`],
    ['of an empty file', '', BLOCK],
    ['below a comment', '# mine\nconcurrent = 4 # all\n', `# mine\nconcurrent = 4 # all\n\n${BLOCK}`],
    ['below a line without an end', '[[runners]]\nname = "x" # y', `[[runners]]\nname = "x" # y\n\n${BLOCK}`],
    ['below another table', '[session_server]\n', `[session_server]\n\n${BLOCK}`],
  ])('%s', (_name, text, want) => {
    expect(appendRunner(text, FILE, RUNNER)).toBe(want)
  })

  test.each([
    ['runners in one line', 'runners = [{ name = "x" }]\n', /no runner can be added to this form/],
    ['runners that are none', 'runners = 1\n', /no runner can be added to this form/],
    ['what is no TOML', 'token = "s3cret-of-file\n', /^a mistake in the runner's configuration/],
  ])('not to %s', (_name, text, message) => {
    expect(() => appendRunner(text, FILE, RUNNER)).toThrow(RunnerConfigError)
    expect(() => appendRunner(text, FILE, RUNNER)).toThrow(message)
    expect(() => appendRunner(text, FILE, RUNNER)).not.toThrow(/s3cret/)
  })
})

const TWO = `# all of them
concurrent = 4

# the first
[[runners]] # one
  name = "one"
  [runners.docker]
    volumes = [
      "[[runners]]",
    ]
# the second
[[runners]]
  name = "two"

[session_server]
  session_timeout = 1800
[[runners]]
  name = "three"
  [runners.docker]
`

describe('runners are cut out, and nothing else', () => {
  test.each([
    [
      [0],
      `# all of them
concurrent = 4

# the first
# the second
[[runners]]
  name = "two"

[session_server]
  session_timeout = 1800
[[runners]]
  name = "three"
  [runners.docker]
`,
    ],
    [
      [1, 2],
      `# all of them
concurrent = 4

# the first
[[runners]] # one
  name = "one"
  [runners.docker]
    volumes = [
      "[[runners]]",
    ]
# the second
[session_server]
  session_timeout = 1800
`,
    ],
    [[], TWO],
  ])('%j', (indexes, want) => {
    expect(removeRunners(TWO, FILE, new Set(indexes))).toBe(want)
  })

  test('what was added is gone without a trace but for the empty line', () => {
    const before = 'concurrent = 2\n'
    expect(removeRunners(appendRunner(before, FILE, RUNNER), FILE, new Set([0]))).toBe(`${before}\n`)
  })

  test('not from runners in one line', () => {
    const cut = () => removeRunners('runners = [{ name = "x" }]\n', FILE, new Set([0]))
    expect(cut).toThrow(/no runner can be cut from this form/)
  })
})

describe('a template', () => {
  test.each([
    ['none', 'concurrent = 1\n'],
    ['two', '[[runners]]\n[[runners]]\n'],
  ])('with %s is refused', (_name, text) => {
    expect(() => readTemplate(text, FILE)).toThrow(/must contain exactly one \[\[runners\]\] entry/)
  })

  test('fills what is empty, key by key, and never the token', () => {
    const template = readTemplate(
      `[[runners]]
name = "template"
token = "s3cret-of-template"
limit = 3
environment = ["A=b"]
[runners.docker]
image = "alpine"
privileged = true
memory = "1g"
volumes = ["/data"]
[runners.docker.tmpfs]
"/run" = "rw"
`,
      FILE,
    )
    const runner = {
      name: 'own',
      limit: 0,
      docker: { image: 'ruby', privileged: false, volumes: [], tmpfs: { '/tmp': 'ro' } },
    }
    expect(fillFrom(template, runner)).toEqual({
      name: 'own',
      limit: 3,
      environment: ['A=b'],
      docker: {
        image: 'ruby',
        privileged: false,
        memory: '1g',
        volumes: ['/data'],
        tmpfs: { '/tmp': 'ro', '/run': 'rw' },
      },
    })
  })
})
