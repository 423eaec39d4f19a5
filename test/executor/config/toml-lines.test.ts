import { parse } from 'smol-toml'
import { expect, test } from 'vitest'
import type { TomlPath } from '../../../src/executor/config/toml-keys.ts'
import { tomlLines } from '../../../src/executor/config/toml-lines.ts'

const DOCUMENT = `concurrent = 4 # jobs
[session_server]
  listen_address = "[::]:8093"

[[runners]]
  name = 'first # no comment'
  pre_build_script = """
echo [[runners]]
token = 1
"""
  environment = [
    "A=1", # ] no end
    "B=[2",
  ]
  [runners.docker]
    image = "ruby"
    "tls_verify" = false
    sysctls = { "net.core.somaxconn" = "1" }

    [[runners.docker.services]]
      name = "one"
    [[runners.docker.services]]
      name = "two"
[[ runners ]]
  name = "second"
  docker.image = '''
x'''
  docker.memory = "1g"
`

test.each<[TomlPath, number]>([
  [['concurrent'], 1],
  [['session_server', 'listen_address'], 3],
  [['runners', 0, 'name'], 6],
  [['runners', 0, 'pre_build_script'], 7],
  [['runners', 0, 'environment', 1], 11],
  [['runners', 0, 'docker'], 15],
  [['runners', 0, 'docker', 'image'], 16],
  [['runners', 0, 'docker', 'tls_verify'], 17],
  [['runners', 0, 'docker', 'sysctls', 'net.core.somaxconn'], 18],
  [['runners', 0, 'docker', 'services', 0, 'name'], 21],
  [['runners', 0, 'docker', 'services', 1, 'name'], 23],
  [['runners', 1, 'name'], 25],
  [['runners', 1, 'docker', 'image'], 26],
  [['runners', 1, 'docker', 'memory'], 28],
])('%j stands in line %i', (path, line) => {
  expect(tomlLines(DOCUMENT)(path)).toBe(line)
})

test('the document of this test is TOML', () => {
  expect(() => parse(DOCUMENT)).not.toThrow()
})

test.each(['', '[', 'a', 'a = "', '= 1', '\u0000\u0000', '[[]]', 'a = [[[', '"""'])(
  'what is no TOML (%j) ends, too',
  (text) => {
    expect(tomlLines(text)(['nowhere'])).toBeUndefined()
  },
)
