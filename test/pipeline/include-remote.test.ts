import { describe, expect, test } from 'vitest'
import { RemoteFileError, type RemoteFiles } from '../../src/pipeline/load/remote-files.ts'
import { loadTexts, mistakesOf } from './load-text.ts'

const AT = 'https://ci.example.com/a.yml'
const DIGEST = `sha256-${'A'.repeat(43)}=`

/** Another server, and what it was asked for. */
class Server implements RemoteFiles {
  readonly asked: (readonly [string, string | undefined])[] = []
  readonly #texts: Readonly<Record<string, string>>

  constructor(texts: Readonly<Record<string, string>>) {
    this.#texts = texts
  }

  async fetch(url: string, integrity: string | undefined): Promise<string> {
    this.asked.push([url, integrity])
    const text = this.#texts[url]
    if (text === undefined) throw new RemoteFileError('was answered with 404 Not Found')
    return text
  }
}

describe('include:remote', () => {
  test.each([
    { include: AT, integrity: undefined },
    { include: `{remote: '${AT}'}`, integrity: undefined },
    { include: `{remote: '${AT}', integrity: ${DIGEST}}`, integrity: DIGEST },
    { include: `{remote: 'https://ci.example.com/$NAME.yml'}`, integrity: undefined },
  ])('$include', async ({ include, integrity }) => {
    const url = include.includes('$NAME') ? 'https://ci.example.com/$NAME.yml' : AT
    const remote = new Server({ [url]: '.base: {image: alpine}\nfar: {script: far}\n' })
    const { jobs, files, notes } = await loadTexts(
      { '.gitlab-ci.yml': `include: [${include}]\njob: {extends: .base, script: x}\n` },
      { remote },
    )
    expect(jobs).toMatchObject([{ name: 'far' }, { name: 'job', image: { name: 'alpine' } }])
    expect(files).toEqual(['.gitlab-ci.yml', url])
    expect(notes).toEqual([])
    expect(remote.asked).toEqual([[url, integrity]])
  })

  test('takes inputs, and is asked for once', async () => {
    const remote = new Server({ [AT]: 'spec: {inputs: {n: }}\n---\n$[[ inputs.n ]]: {script: x}\n' })
    const { jobs } = await loadTexts(
      {
        '.gitlab-ci.yml': `include: [{remote: '${AT}', inputs: {n: a}}, {remote: '${AT}', inputs: {n: b}}]\n`,
      },
      { remote },
    )
    expect(jobs.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(remote.asked).toHaveLength(1)
  })

  test.each([
    {
      name: 'what the server refuses',
      file: `include: '${AT}'`,
      want: `${AT} was answered with 404 Not Found`,
    },
    {
      name: 'a digest that is none',
      file: `include: [{remote: '${AT}', integrity: sha256-x}]`,
      want: 'include:integrity takes sha256- and the Base64 of the digest',
    },
    {
      name: 'a digest of a local file',
      file: `include: [{local: a.yml, integrity: ${DIGEST}}]`,
      want: 'include:integrity is for remote files',
    },
    { name: 'no address', file: 'include: [{remote: a.yml}]', want: 'include:remote a.yml is no address' },
  ])('$name is a mistake', async ({ file, want }) => {
    const texts = { '.gitlab-ci.yml': `${file}\njob: {script: x}\n`, 'a.yml': '' }
    expect(
      await mistakesOf(texts, { remote: new Server(file.includes('sha256-x') ? { [AT]: '' } : {}) }),
    ).toEqual([expect.stringContaining(want)])
  })

  test('it names no files of this project', async () => {
    const remote = new Server({ [AT]: 'include: [{local: secret.yml}]\nfar: {script: x}\n' })
    const texts = { '.gitlab-ci.yml': `include: '${AT}'\n`, 'secret.yml': 'job: {script: x}\n' }
    expect(await mistakesOf(texts, { remote })).toEqual([
      `${AT}:1:19: include:local secret.yml is asked for by a file of another server, which cannot name files of this project`,
    ])
  })

  test('without a way to other servers it is noted, and what leans on it is not run', async () => {
    const { jobs, notes } = await loadTexts({
      '.gitlab-ci.yml': `include: '${AT}'\njob: {extends: .base, script: x}\n`,
    })
    expect(notes.map(({ message }) => message)).toEqual([
      'include is not read: only files of this project and of include:remote are',
      'job is not run: .base is in an include that is not read',
    ])
    expect(jobs).toMatchObject([{ notRun: '.base is in an include that is not read' }])
  })
})
