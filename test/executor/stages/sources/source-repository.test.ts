import { expect, test } from 'vitest'
import { readRepository } from '../../../../src/executor/stages/sources/source-repository.ts'

const ORIGIN = 'https://gitlab.example.com'

test.each([
  [`${ORIGIN}/a/b.git`, `${ORIGIN}/a/b.git`, ORIGIN, undefined],
  [
    'https://ci:to%40ken@gitlab.example.com:8443/a/b.git',
    `${ORIGIN}:8443/a/b.git`,
    `${ORIGIN}:8443`,
    ['ci', 'to@ken'],
  ],
  ['https://token@gitlab.example.com/a/b.git', `${ORIGIN}/a/b.git`, ORIGIN, ['token', '']],
  ['https://ci:100%@gitlab.example.com/a.git', `${ORIGIN}/a.git`, ORIGIN, ['ci', '100%']],
  ['git@gitlab.example.com:a/b.git', 'git@gitlab.example.com:a/b.git', undefined, undefined],
  ['ssh://git@gitlab.example.com/a/b.git', 'ssh://git@gitlab.example.com/a/b.git', undefined, undefined],
  ['', '', undefined, undefined],
])('%s', (written, url, origin, login) => {
  expect(readRepository(written)).toEqual({
    url,
    origin,
    login: login === undefined ? undefined : { username: login[0], password: login[1] },
  })
})
