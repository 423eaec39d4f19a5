import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GitServer, startGitServer } from '../support/git/git-server.ts'
import { Repository } from '../support/git/repository.ts'
import { makeCertificate } from '../support/real/certificate.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'
import { startEntrepot } from '../support/real/entrepot-process.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { type RunnerProgram, startRunnerProgram } from '../support/real/runner-program.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'
import { renewedCertificate, testCertificate } from '../support/tls/certificate.ts'

const TOKEN = 's3cret-of-the-repository'

describeWith(
  [...ENGINE, 'docker-registry', 'git', 'openssl', ...IMAGES],
  'sources of a runner whose server asks for a certificate',
  () => {
    const cleanups = new Cleanups()
    let engine: Engine
    let git: GitServer
    let runner: RunnerProgram
    let sha: string

    beforeAll(async () => {
      const dir = await scratchDir('runner-sources', cleanups)
      const hub = cleanups.use(await startDockerRegistry({ images: ['busybox', 'git'] }))
      engine = cleanups.use(await startEngine())
      const [theirs, ours] = [testCertificate(), renewedCertificate()]
      const ofGit = await makeCertificate(dir, [engine.hostAddress])
      const certificate = await readFile(ofGit.certificatePath, 'utf8')
      const asked = { ca: ours.cert, requestCert: true }
      const tls = { key: ofGit.privateKey, cert: certificate, ...asked }
      git = cleanups.use(await startGitServer({ root: dir, host: engine.hostAddress, token: TOKEN, tls }))
      const lib = await Repository.create(join(dir, 'acme/lib.git'), join(dir, 'work/lib'))
      await lib.commit({ 'lib.txt': 'from the submodule\n' })
      const shop = await Repository.create(join(dir, 'acme/shop.git'), join(dir, 'work/shop'))
      await shop.addSubmodule(join(dir, 'acme/lib.git'), '../lib.git', 'lib')
      sha = await shop.commit({
        'README.md': 'from the repository\n',
        '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
        'large.bin': git.lfs.add('from the large file\n'),
      })
      const cache = cleanups.use(
        await startEntrepot({
          upstreams: { 'docker.io': hub.url },
          listen: [`${engine.hostAddress}:0`],
          storage: join(dir, 'storage'),
          isShared: true,
        }),
      )
      runner = cleanups.use(
        await startRunnerProgram({
          ...{ engine, cache, helperImage: 'alpine/git:latest', server: { tls: { ...theirs, ...asked } } },
          toml: {
            runner: 'tls-ca-file = "ca.pem"\n  tls-cert-file = "ours.pem"\n  tls-key-file = "ours-key.pem"',
          },
          files: { 'ca.pem': theirs.cert + certificate, 'ours.pem': ours.cert, 'ours-key.pem': ours.key },
        }),
      )
    }, IMAGE_BUILD_TIMEOUT_MS)

    afterAll(async () => {
      await cleanups[Symbol.asyncDispose]()
    })

    const job = (
      script: readonly string[],
      variables: Readonly<Record<string, string>> = {},
      special: object = {},
    ) => ({
      job_info: { name: 'n', stage: 'test', project_id: 7, project_full_path: 'acme/shop' },
      git_info: {
        ...{ repo_url: git.repoUrl('acme/shop.git'), ref: 'main', ref_type: 'branch', sha, before_sha: '' },
        ...{ refspecs: ['+refs/heads/main:refs/remotes/origin/main'], depth: 20 },
      },
      runner_info: { timeout: 300 },
      steps: [{ name: 'script', script }],
      variables: Object.entries(variables).map(([key, value]) => ({ key, value, public: true })),
      ...special,
    })
    const run = async (payload: ReturnType<typeof job>) => {
      const [done] = await runner.run(payload)
      if (done === undefined) throw new Error('there is no job')
      return done
    }
    const KEY_LINE = renewedCertificate().key.split('\n')[1] ?? ''

    test.each([
      ['fetched', {}],
      [
        'cloned',
        { GIT_STRATEGY: 'clone', FF_USE_GIT_NATIVE_CLONE: 'true', GIT_CLONE_EXTRA_FLAGS: '--no-tags' },
      ],
    ])(
      'are %s, with submodules and large files; the key is not in the log',
      async (_how, variables) => {
        const script = [
          'cat README.md lib/lib.txt large.bin',
          'cat "$CI_SERVER_TLS_KEY_FILE"',
          'echo "run by $CI_RUNNER_VERSION on $CI_RUNNER_EXECUTABLE_ARCH"',
        ]
        const said = { GIT_SUBMODULE_STRATEGY: 'normal', CI_DEBUG_TRACE: 'true', ...variables }
        const { log, status } = await run(job(script, said))
        for (const line of ['from the repository', 'from the submodule', 'from the large file'])
          expect(log).toContain(`${line}\n`)
        expect(log).toContain('CI_SERVER_TLS_CERT_FILE')
        expect(KEY_LINE).toMatch(/^[\w+/=]{40,}$/)
        expect(log).toMatch(/run by \d+\.\d+\.\d+ on linux\/\w+/)
        expect(log).toContain('[MASKED]')
        expect(log).not.toContain(KEY_LINE)
        expect(log).not.toContain(TOKEN)
        expect(status).toBe('success')
      },
      120_000,
    )

    test('a service has the certificates of the server, but not the key', async () => {
      const services = [{ name: 'busybox:1.35', alias: 'told', entrypoint: ['env'], command: [] }]
      const said = { CI_DEBUG_SERVICES: 'true' }
      const { log } = await run(job(['true'], said, { services }))
      expect(log).toContain('CI_SERVER_TLS_CERT_FILE=')
      expect(log).not.toContain('CI_SERVER_TLS_KEY_FILE=')
    }, 120_000)

    test('GIT_CLONE_PATH: another directory in the builds, and no other', async () => {
      const { log, status } = await run(
        job(['pwd', 'cat README.md'], { GIT_CLONE_PATH: '$CI_BUILDS_DIR/go/src/shop' }),
      )
      expect(log).toContain('/builds/go/src/shop\n')
      expect(log).toContain('from the repository')
      expect(status).toBe('success')
      const wrong = await run(job(['true'], { GIT_CLONE_PATH: '/srv/shop' }))
      expect(wrong.log).toContain('the GIT_CLONE_PATH="/srv/shop" has to be within "/builds"')
      expect(wrong.status).toBe('failed')
    }, 120_000)
  },
)
