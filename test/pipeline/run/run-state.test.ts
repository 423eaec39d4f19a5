import { access, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { RunState } from '../../../src/pipeline/run/run-state.ts'
import { StateUnusable } from '../../../src/pipeline/run/state-root.ts'
import { makeTempDir } from '../../support/temp-dir.ts'

describe('what a run leaves in a project', () => {
  test('has a number of its own, also beside another run, and git sees none of it', async () => {
    await using project = await makeTempDir()
    const runs = await Promise.all([RunState.open(project.path), RunState.open(project.path)])
    expect(runs.map(({ id }) => id).toSorted()).toEqual([1, 2])
    expect(await readFile(join(project.path, '.entrepot/.gitignore'), 'utf8')).toBe('*\n')
    for (const run of runs) await run.close()
    expect((await RunState.open(project.path)).id).toBe(3)
  })

  test('is by job and try; names of jobs become names of directories', async () => {
    await using project = await makeTempDir()
    const state = await RunState.open(project.path)
    const made = [await state.makeJobDirectory('test: [a, ../b]', 1), await state.makeJobDirectory('構築', 2)]
    expect(made).toEqual(['.entrepot/pipelines/1/test---a-----b-1', '.entrepot/pipelines/1/job-2'])
    for (const path of made) await access(state.absolute(path))
  })

  test('is kept of the last twenty', async () => {
    await using project = await makeTempDir()
    const pipelines = join(project.path, '.entrepot/pipelines')
    for (const number of [7, 21, 22, 40]) await mkdir(join(pipelines, String(number)), { recursive: true })
    await writeFile(join(pipelines, 'notes.txt'), 'not ours')
    const state = await RunState.open(project.path)
    expect(state.id).toBe(41)
    expect((await readdir(pipelines)).toSorted()).toEqual(['22', '40', '41', 'notes.txt'])
  })

  test('of a pipeline that did not begin is nothing; what jobs left stays', async () => {
    await using project = await makeTempDir()
    const refused = await RunState.open(project.path)
    await refused.discardEmpty()
    expect(await readdir(join(project.path, '.entrepot/pipelines'))).toEqual([])
    const begun = await RunState.open(project.path)
    await begun.makeJobDirectory('a', 1)
    await begun.discardEmpty()
    expect(await readdir(begun.absolute('.entrepot/pipelines/1'))).toEqual(['a-1'])
  })

  test('is not written to where a project leads it', async () => {
    await using project = await makeTempDir()
    await using elsewhere = await makeTempDir()
    await symlink(elsewhere.path, join(project.path, '.entrepot'))
    await expect(RunState.open(project.path)).rejects.toThrow(StateUnusable)
    expect(await readdir(elsewhere.path)).toEqual([])
  })
})
