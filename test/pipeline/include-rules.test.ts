import { describe, expect, test } from 'vitest'
import { includeContext } from '../../src/pipeline/load/include-context.ts'
import { loadPipeline } from '../../src/pipeline/load/load-pipeline.ts'
import { ProjectPaths } from '../../src/pipeline/rules/project-paths.ts'
import { VariableScope } from '../../src/pipeline/variables/variable-scope.ts'
import { MemoryFiles } from './load-text.ts'
import { files } from './support/context.ts'

async function filesRead(include: string): Promise<readonly string[]> {
  const variable = {
    isPublic: true,
    isMasked: false,
    isRaw: false,
    isFile: false,
    origin: 'pipeline',
  } as const
  const context = includeContext({
    scope: new VariableScope([
      { ...variable, key: 'CI_COMMIT_BRANCH', value: 'main' },
      { ...variable, key: 'DIR', value: 'ci/$CI_COMMIT_BRANCH' },
    ]),
    paths: new ProjectPaths(files(['Dockerfile', 'ci/main/a.yml'])),
  })
  const texts = {
    '.gitlab-ci.yml': `include: [${include}]\njob: {script: x}\n`,
    'ci/main/a.yml': '.hidden: {}\n',
  }
  const config = await loadPipeline(
    { path: '.gitlab-ci.yml', dialect: 'gitlab' },
    new MemoryFiles(texts),
    context,
  )
  return config.files.slice(1)
}

describe('what is included is decided', () => {
  test.each([
    { include: 'local: $DIR/a.yml', taken: true },
    { include: 'local: $DIR/*.yml', taken: true },
    { include: 'local: ci/main/a.yml, rules: [{if: \'$CI_COMMIT_BRANCH == "main"\'}]', taken: true },
    { include: 'local: ci/main/a.yml, rules: [{if: \'$CI_COMMIT_BRANCH == "other"\'}]', taken: false },
    { include: 'local: ci/main/a.yml, rules: [{exists: [Dockerfile]}]', taken: true },
    { include: 'local: ci/main/a.yml, rules: [{exists: [Makefile]}]', taken: false },
    { include: 'local: ci/main/a.yml, rules: [{if: $DIR, when: never}, {when: always}]', taken: false },
    { include: 'local: ci/main/a.yml, rules: [{if: $NONE, when: never}, {when: always}]', taken: true },
  ])('$include', async ({ include, taken }) => {
    expect(await filesRead(`{${include}}`)).toEqual(taken ? ['ci/main/a.yml'] : [])
  })
})
