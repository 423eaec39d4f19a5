import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serverVariables } from '../../src/cli/runner/server-variables.ts'
import { type GitServer, startGitServer } from '../support/git/git-server.ts'
import { Repository } from '../support/git/repository.ts'
import { sourcesJob } from '../support/git/sources-job.ts'
import { SourcesPlace } from '../support/git/sources-place.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'
import { renewedCertificate, testCertificate } from '../support/tls/certificate.ts'

const TOKEN = 's3cret-of-a-job'
const THEIRS = testCertificate()
const OURS = renewedCertificate()

describeWith(['git', 'git-lfs'], 'get_sources from a server that asks for a certificate', () => {
  const cleanups = new Cleanups()
  let server: GitServer
  let sha: string

  beforeAll(async () => {
    const root = await scratchDir('git', cleanups)
    const tls = { ...THEIRS, ca: OURS.cert, requestCert: true }
    server = cleanups.use(await startGitServer({ root, token: TOKEN, tls }))
    const inRoot = (path: string) => join(root, path)
    const shop = await Repository.create(inRoot('acme/shop.git'), inRoot('work/shop'))
    const lib = await Repository.create(inRoot('acme/lib.git'), inRoot('work/lib'))
    await lib.commit({ 'lib.txt': 'lib\n' })
    await shop.addSubmodule(inRoot('acme/lib.git'), '../lib.git', 'vendor/lib')
    sha = await shop.commit({
      'README.md': 'one\n',
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'large.bin': server.lfs.add('large\n'),
    })
  })

  afterAll(() => cleanups[Symbol.asyncDispose]())

  const job = (files: Parameters<typeof serverVariables>[0], variables = {}) =>
    sourcesJob({
      ...{ repoUrl: server.repoUrl('acme/shop.git'), sha },
      variables: { GIT_SUBMODULE_STRATEGY: 'normal', ...variables },
      files: serverVariables(files),
    })
  const certificates = { ca: THEIRS.cert, clientCertificate: OURS }

  test.each([
    ['fetched', {}],
    ['cloned', { GIT_STRATEGY: 'clone', FF_USE_GIT_NATIVE_CLONE: 'true' }],
  ])('are %s with those of the runner, submodules and large files too', async (_how, variables) => {
    const order = job(certificates, variables)
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    const read = (path: string) => readFile(join(place.projectDirectory, path), 'utf8')
    expect(await read('README.md')).toBe('one\n')
    expect(await read('vendor/lib/lib.txt')).toBe('lib\n')
    expect(await read('large.bin')).toBe('large\n')
  })

  test('and the scripts of the job fetch with the files that they have', async () => {
    const order = job(certificates)
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    const lost = `git -c http.${server.origin}.sslCert= fetch --quiet origin`
    const { exitCode } = await place.script(
      order,
      'git fetch --quiet origin',
      'git -C vendor/lib fetch --quiet origin',
      `if ${lost}; then exit 3; fi`,
      'cat "$CI_SERVER_TLS_KEY_FILE" > key.pem',
    )
    expect(exitCode).toBe(0)
    expect(await readFile(join(place.projectDirectory, 'key.pem'), 'utf8')).toBe(OURS.key)
  })

  test('are not there for a runner that has none, and without its key', async () => {
    const before = server.served.length
    for (const clientCertificate of [undefined, { ...OURS, key: THEIRS.key }]) {
      const order = job({ ca: THEIRS.cert, clientCertificate })
      await using place = await SourcesPlace.open(order)
      await expect(place.get(order)).rejects.toMatchObject({ code: 'script_failure', exitCode: 128 })
      expect(server.served.length).toBe(before)
    }
  })
})
