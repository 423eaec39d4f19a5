import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Metafile } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildProgram } from '../../build/build-program.ts'
import { ROOT } from '../../build/bundle.ts'
import { version } from '../../src/version.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'

const CHECKPOINTER = 'src/store/sqlite/checkpointer.ts'
const OLD = ['server/start.js', 'chunks/chunk-OLD.js']

describe('the program that is built', () => {
  let folder: TempDir
  let made: Metafile

  beforeAll(async () => {
    folder = await makeTempDir()
    for (const path of OLD) {
      await mkdir(join(folder.path, dirname(path)), { recursive: true })
      await writeFile(join(folder.path, path), '')
    }
    made = await buildProgram(folder.path)
  })

  afterAll(() => folder[Symbol.asyncDispose]())

  test('runs where no package is installed', async () => {
    const program = join(folder.path, 'cli/main.js')
    const { stdout } = await promisify(execFile)(program, ['version'], { cwd: folder.path })
    expect(stdout).toBe(`${version}\n`)
  })

  test('asks at run time for nothing but the native addon and what Node brings', () => {
    const imports = Object.values(made.outputs).flatMap((output) => output.imports)
    const asked = imports.filter(({ external }) => external).map(({ path }) => path)
    // Of what starts with `node:`, an older Node does not have all: undici looks for it first.
    const installed = asked.filter((path) => !path.startsWith('node:') && !isBuiltin(path))
    expect([...new Set(installed)]).toEqual(['better-sqlite3'])
  })

  test('has the thread of the catalog beside what starts it', () => {
    const starter = Object.entries(made.outputs).find(([, { inputs }]) => CHECKPOINTER in inputs)
    const thread = join(dirname(starter?.[0] ?? ''), 'checkpoint-thread.js')
    expect(made.outputs[thread]?.entryPoint).toBe('src/store/sqlite/checkpoint-thread.js')
  })

  test('names every package that is in it, with its licence', async () => {
    const text = await readFile(join(folder.path, 'LICENSES.txt'), 'utf8')
    const packages = new Set(Object.keys(made.inputs).flatMap((path) => PACKAGE.exec(path) ?? []))
    expect(packages.size).toBeGreaterThan(50)
    for (const path of packages) {
      const { name, version } = JSON.parse(await readFile(join(ROOT, path, 'package.json'), 'utf8'))
      expect(text).toContain(`${name} ${version} (`)
    }
    expect(text).toContain('Copyright (c) Matteo Collina and Undici contributors')
  })

  test('leaves nothing of an earlier one', async () => {
    const files = await readdir(folder.path, { recursive: true })
    for (const path of OLD) expect(files).not.toContain(path)
  })
})

const PACKAGE = /^node_modules\/(?:.*node_modules\/)?(?:@[^/]+\/)?[^/]+/
