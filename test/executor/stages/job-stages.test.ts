import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { dependencyOn, script, startStages } from './start-stages.ts'

const WORK = [
  'mkdir -p out/deep logs',
  'echo app > out/app; chmod 755 out/app',
  'echo deep > out/deep/file.txt; ln -s app out/link; ln out/app out/hard',
  'echo log > logs/a.log; touch empty; echo other > other',
]
const UPLOADING = 'Uploading artifacts for successful job'

describe('artifacts', () => {
  test('go from one job into the next, with permissions and links', async () => {
    const { run } = await startStages()
    const paths = ['out/', '$LOGS/*.log', 'empty', 'nowhere', '/etc/passwd']
    const built = await run({
      ...script(...WORK),
      variables: [{ key: 'LOGS', value: 'logs' }],
      artifacts: [{ paths, exclude: ['out/deep/*'], artifact_type: 'archive', artifact_format: 'zip' }],
    })
    expect(built.result).toEqual({ status: 'success' })
    expect(built.after(UPLOADING)).toEqual([
      'Uploading artifacts...',
      'WARNING: processPath: artifact path is not a subpath of project directory: /etc/passwd',
      'out/: found 5 matching artifact files and directories',
      'logs/*.log: found 1 matching artifact files and directories',
      'empty: found 1 matching artifact files and directories',
      'WARNING: nowhere: no matching files. Ensure that the artifact path is relative to the working directory (/builds/acme/shop)',
      'out/deep/*: excluded 1 files',
      'Uploading artifacts as "archive" to coordinator... 201 Created',
      'Job succeeded',
      '',
    ])

    const tested = await run({
      ...script(
        'find . -type f | sort; readlink out/link; ./out/app 2>&1 || true; test -x out/hard; test ! -x empty',
      ),
      dependencies: [
        dependencyOn(built.id),
        { id: 99, token: 'a-token', name: 'none', artifacts_file: null },
      ],
    })
    expect(tested.result).toEqual({ status: 'success' })
    const title = tested.lines.indexOf('Downloading artifacts')
    expect(tested.lines.slice(title, title + 3)).toEqual([
      'Downloading artifacts',
      `Downloading artifacts for build (${built.id})...`,
      'Downloading artifacts from coordinator... ok',
    ])
    expect(tested.lines).toEqual(
      expect.arrayContaining(['./empty', './logs/a.log', './out/app', './out/hard', 'app']),
    )
    expect(tested.lines).not.toContain('./out/deep/file.txt')
  })

  test('are named, typed and formatted as the job says; reports of several files are one', async () => {
    const { run, artifacts } = await startStages()
    const { id } = await run({
      ...script('echo 1 > a.xml; mkdir d; echo 2 > d/b.xml; echo V=1 > build.env'),
      variables: [{ key: 'NAME', value: 'shop' }],
      artifacts: [
        { name: '$NAME-1', paths: ['a.xml'], expire_in: '7d' },
        { name: 'junit.xml', paths: ['**/*.xml'], artifact_type: 'junit', artifact_format: 'gzip' },
        { name: 'build.env', paths: ['build.env'], artifact_type: 'dotenv', artifact_format: 'raw' },
      ],
    })
    const kept = artifacts.kept.get(id) ?? []
    expect(kept.map(({ filename, type, format, expireIn }) => [filename, type, format, expireIn])).toEqual([
      ['shop-1.zip', 'archive', 'zip', '7d'],
      ['junit.xml.gz', 'junit', 'gzip', undefined],
      ['build.env', 'dotenv', 'raw', undefined],
    ])
    expect(
      gunzipSync(kept[1]?.bytes ?? '')
        .toString()
        .split('\n')
        .sort(),
    ).toEqual(['', '1', '2'])
    expect(kept[1]?.bytes.includes('a.xml\0')).toBe(true)
    expect(kept[2]?.bytes.toString()).toBe('V=1\n')
    expect(kept.map(({ sizeBytes, bytes }) => sizeBytes === bytes.length)).toEqual([true, true, true])
  })

  test('of a job that failed, and of one that did not, are those that are meant then', async () => {
    const { run, artifacts } = await startStages()
    const payload = (command: string) => ({
      ...script('echo x > a; echo x > b; echo x > c', command),
      artifacts: [
        { name: 'a', paths: ['a'], when: 'on_success' },
        { name: 'b', paths: ['b'], when: 'on_failure' },
        { name: 'c', paths: ['c'], when: 'always' },
      ],
    })
    const failed = await run(payload('exit 3'))
    expect(failed.result).toMatchObject({ status: 'failed', exitCode: 3 })
    expect(failed.lines).toContain('Uploading artifacts for failed job')
    expect(artifacts.kept.get(failed.id)?.map(({ filename }) => filename)).toEqual(['b.zip', 'c.zip'])
    const succeeded = await run(payload('true'))
    expect(artifacts.kept.get(succeeded.id)?.map(({ filename }) => filename)).toEqual(['a.zip', 'c.zip'])
  })

  test('that git does not track', async () => {
    const { run } = await startStages()
    const { after } = await run(
      {
        ...script('mkdir gen; echo 1 > gen/new; echo 2 > "ä b.ignored"'),
        artifacts: [{ untracked: true }],
      },
      'git init -q; echo "*.ignored" > .gitignore; echo x > tracked; git add .; git -c user.name=a -c user.email=a@b commit -qm x',
    )
    expect(after(UPLOADING).slice(0, 3)).toEqual([
      'Uploading artifacts...',
      'untracked: found 2 files',
      'Uploading artifacts as "archive" to coordinator... 201 Created',
    ])
  })

  test('nothing there to upload is no failure; a store that refuses is', async () => {
    const { run, artifacts } = await startStages()
    const empty = await run({ artifacts: [{ paths: ['nowhere'] }] })
    expect(empty.result).toEqual({ status: 'success' })
    expect(empty.lines).toContain('ERROR: No files to upload')

    artifacts.failures.push('the disk is full')
    const refused = await run({
      ...script(...WORK),
      artifacts: [{ paths: ['out'] }, { paths: ['other'], name: 'b' }],
    })
    expect(refused.result).toMatchObject({ status: 'failed', reason: 'runner_system_failure' })
    expect(refused.lines).toContain(
      'ERROR: Uploading artifacts as "archive" to coordinator... the disk is full',
    )
    expect(artifacts.kept.get(refused.id)?.map(({ filename }) => filename)).toEqual(['b.zip'])

    const several = await run({ ...script(...WORK), artifacts: [{ paths: ['out'], artifact_format: 'raw' }] })
    expect(several.result).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('is one file'),
    })
  })

  test('that are gone fail the job that needs them; what fails is tried as often as the job says', async () => {
    const { run, artifacts } = await startStages()
    const gone = await run({ dependencies: [dependencyOn(77)] })
    expect(gone.result).toMatchObject({ status: 'failed', reason: 'script_failure', exitCode: 1 })
    expect(gone.lines).toContain('ERROR: Downloading artifacts from coordinator... not found')
    expect(gone.lines).not.toContain('$ true')

    const built = await run({ ...script(...WORK), artifacts: [{ paths: ['out'] }] })
    artifacts.failures.push('away', 'away')
    const again = await run({
      variables: [{ key: 'ARTIFACT_DOWNLOAD_ATTEMPTS', value: '3' }],
      dependencies: [dependencyOn(built.id)],
    })
    expect(again.result).toEqual({ status: 'success' })
    expect(again.lines.filter((line) => line.endsWith('coordinator... away'))).toHaveLength(2)
  })
})

describe('caches', () => {
  const cache = { key: '$CI_JOB_IMAGE-key', paths: ['deps/', 'lib/**/*.o'], policy: 'pull-push' }

  test('are there in the next job, and not made again when nothing changed', async () => {
    const { run } = await startStages()
    const image = { name: 'ruby' }
    const make =
      'mkdir -p deps lib/a/b; echo 1 > deps/one; chmod 750 deps/one; ln -s one deps/two; echo o > lib/a/b/c.o; echo h > lib/a/b/c.h'
    const first = await run({ ...script(make), image, cache: [cache] })
    expect(first.after('Restoring cache').slice(0, 3)).toEqual([
      'Checking cache for ruby-key...',
      'WARNING: Cache file does not exist',
      'WARNING: Failed to extract cache',
    ])
    expect(first.after('Saving cache for successful job')).toEqual([
      'Creating cache ruby-key...',
      'deps/: found 3 matching artifact files and directories',
      'lib/**/*.o: found 1 matching artifact files and directories',
      'Created cache',
      'Job succeeded',
      '',
    ])

    const second = await run({
      ...script('find deps lib | sort; stat -c %a deps/one; cat deps/two'),
      image,
      cache: [cache],
    })
    expect(second.after('Restoring cache').slice(0, 2)).toEqual([
      'Checking cache for ruby-key...',
      'Successfully extracted cache',
    ])
    const out = second.after('$ find deps lib | sort; stat -c %a deps/one; cat deps/two')
    expect(out.slice(0, 9)).toEqual([
      'deps',
      'deps/one',
      'deps/two',
      'lib',
      'lib/a',
      'lib/a/b',
      'lib/a/b/c.o',
      '750',
      '1',
    ])
    expect(second.lines).toContain('Archive is up to date!')

    const third = await run({ ...script('echo more > deps/three'), image, cache: [cache] })
    expect(third.lines).not.toContain('Archive is up to date!')
    const fourth = await run({ ...script('cat deps/three', 'rm deps/three'), image, cache: [cache] })
    expect(fourth.lines).toContain('more')
    expect(fourth.lines).not.toContain('Archive is up to date!')
  })

  test('fall back to other keys, and never to a protected one by a variable', async () => {
    const { run } = await startStages()
    await run({ ...script('echo main > f'), cache: [{ key: 'main', paths: ['f'] }] })
    const fallen = await run({
      ...script('cat f'),
      cache: [{ key: 'mine', fallback_keys: ['none', 'main'], paths: ['f'], policy: 'pull' }],
    })
    expect(fallen.lines.filter((line) => line.startsWith('Checking'))).toEqual([
      'Checking cache for mine...',
      'Checking cache for none...',
      'Checking cache for main...',
    ])
    expect(fallen.lines).toContain('main')
    expect(fallen.lines).toContain('Not uploading cache mine due to policy')

    const refused = await run({
      variables: [{ key: 'CACHE_FALLBACK_KEY', value: 'main-protected' }],
      cache: [{ key: 'mine', paths: ['f'], policy: 'push' }],
    })
    expect(refused.lines).toContain(
      'WARNING: CACHE_FALLBACK_KEY "main-protected" not allowed to end in "-protected"',
    )
    expect(refused.lines).toContain('Not downloading cache mine due to policy')
    expect(refused.lines).toContain('WARNING: No files to cache.')
  })

  test('are kept after an end like the one that is meant, and never fail a job', async () => {
    const { run } = await startStages()
    const caches = [
      { key: 'a', paths: ['f'] },
      { key: 'b', paths: ['f'], when: 'on_failure' },
      { key: 'c', paths: ['f'], policy: 'sometimes' },
      { key: '..', paths: ['f'] },
      { key: 'unused' },
    ]
    const failed = await run({ ...script('echo x > f; exit 1'), cache: caches })
    expect(failed.after('Saving cache for failed job').slice(0, 3)).toEqual([
      'Creating cache b...',
      'f: found 1 matching artifact files and directories',
      'Created cache',
    ])
    const succeeded = await run({ ...script('echo x > f'), cache: caches })
    expect(succeeded.result).toEqual({ status: 'success' })
    expect(succeeded.lines).toContain('WARNING: unknown cache policy sometimes for c')
    expect(succeeded.lines).toContain('WARNING: cache key ".." could not be sanitized')
  })
})

test('a stage with nothing to do is not there', async () => {
  const { run } = await startStages()
  const { lines } = await run({
    artifacts: [null, { paths: [] }],
    cache: [null, { key: 'only' }],
    dependencies: [{ id: 1, token: 'a-token', name: 'y' }],
  })
  expect(lines.slice(3)).toEqual([
    'Getting sources',
    'Executing "step_script" stage of the job script',
    '$ true',
    'Job succeeded',
    '',
  ])
})
