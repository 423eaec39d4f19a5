import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cruiseSources, formatViolation, PROJECT_ROOT, readRules } from './cruise.ts'

const DEADLINE_MS = 60_000

/** Reads a tree that holds nothing but the given files. */
async function cruiseTree(files: Readonly<Record<string, string>>) {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'entrepot-layers-')))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  await symlink(join(PROJECT_ROOT, 'node_modules'), join(root, 'node_modules'))
  await copyFile(join(PROJECT_ROOT, 'package.json'), join(root, 'package.json'))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  return cruiseSources(root)
}

/** A file that imports another one, which is there too when it is a file. */
function planted(from: string, to: string): Record<string, string> {
  const isFile = to.startsWith('src/') || to.startsWith('test/')
  const up = '../'.repeat(from.split('/').length - 1)
  const file = `import { thing } from '${isFile ? `${up}${to}` : to}'\nexport const other = thing\n`
  return isFile ? { [from]: file, [to]: 'export const thing = 1\n' } : { [from]: file }
}

describe('a planted violation is caught', () => {
  const cases: [rule: string, from: string, to: string][] = [
    ['oci-is-pure', 'src/oci/digest.ts', 'zod'],
    ['oci-is-pure', 'src/oci/digest.ts', 'node:fs'],
    ['oci-is-pure', 'src/oci/digest.ts', 'src/streams/follow.ts'],
    ['streams-need-node-only', 'src/streams/follow.ts', 'lru-cache'],
    ['streams-need-node-only', 'src/streams/follow.ts', 'src/store/ingest.ts'],
    ['store-knows-no-upstream', 'src/store/ingest.ts', 'src/upstream/upstream.ts'],
    ['store-knows-no-upstream', 'src/store/sqlite/tags.ts', 'src/cache/fill.ts'],
    ['upstream-knows-no-store', 'src/upstream/http-upstream.ts', 'src/store/blob-store.ts'],
    ['cache-imports-interfaces-only', 'src/cache/fill.ts', 'src/store/disk-ingest.ts'],
    ['cache-imports-interfaces-only', 'src/cache/fill.ts', 'src/upstream/http-upstream.ts'],
    ['auth-is-apart-from-pulling', 'src/auth/grant.ts', 'src/cache/fill.ts'],
    ['executor-knows-no-cache', 'src/executor/job.ts', 'src/cache/fill.ts'],
    ['executor-knows-no-cache', 'src/executor/docker/pull.ts', 'src/store/catalog.ts'],
    ['runner-and-pipeline-know-jobs-only', 'src/runner/poll.ts', 'src/auth/grant.ts'],
    ['runner-and-pipeline-know-jobs-only', 'src/pipeline/compile.ts', 'src/server/start.ts'],
    ['config-is-a-leaf', 'src/config/load.ts', 'src/server/start.ts'],
    ['settings-are-handed-down', 'src/cache/fill.ts', 'src/config/settings.ts'],
    ['nothing-imports-cli', 'src/server/start.ts', 'src/cli/context.ts'],
    ['only-cli-imports-server', 'src/auth/grant.ts', 'src/server/start.ts'],
    ['concrete-classes-in-the-composition-root', 'src/server/v2/blobs.ts', 'src/store/disk-blob-store.ts'],
    ['concrete-classes-in-the-composition-root', 'src/cli/program.ts', 'src/upstream/http-upstream.ts'],
    ['undici-talks-to-other-servers-only', 'src/server/app.ts', 'undici'],
    ['fastify-stays-in-server', 'src/cli/program.ts', 'fastify'],
    ['prometheus-stays-in-metrics', 'src/server/context.ts', 'prom-client'],
    ['sqlite-stays-in-store', 'src/cache/fill.ts', 'better-sqlite3'],
    ['tokens-stay-in-auth', 'src/server/app.ts', 'jose'],
    ['schemas-stay-in-config', 'src/server/app.ts', 'zod'],
    ['toml-stays-in-executor-config', 'src/executor/job/job.ts', 'smol-toml'],
    ['events-of-yaml-become-values-in-two-places', 'src/cli/program.ts', 'js-yaml'],
    ['yaml-is-a-leaf', 'src/yaml/read-events.ts', 'src/config/file.ts'],
    ['zips-stay-in-the-stages', 'src/runner/coordinator-artifacts.ts', 'yazl'],
    ['zips-stay-in-the-stages', 'src/executor/docker/files.ts', 'yauzl'],
    ['tar-stays-in-executor', 'src/pipeline/run/snapshot.ts', 'tar-stream'],
    ['re2-stays-in-pipeline', 'src/executor/images/allowed-images.ts', 're2js'],
    ['xml-stays-in-reports', 'src/pipeline/run/finished-job.ts', 'saxes'],
    ['networks-stay-in-config', 'src/server/access.ts', 'ipaddr.js'],
    ['widths-stay-in-one-file', 'src/cli/output.ts', 'string-width'],
    ['commander-stays-in-cli', 'src/server/app.ts', 'commander'],
    ['dockerode-stays-in-executor-docker', 'src/executor/run/run-job.ts', 'dockerode'],
    ['pino-stays-in-server', 'src/cache/fill.ts', 'pino'],
    ['nothing-outside-src', 'src/server/app.ts', 'test/support/clock.ts'],
    ['no-development-packages', 'src/server/app.ts', 'vitest'],
    ['everything-resolves', 'src/server/app.ts', 'a-package-that-does-not-exist'],
  ]
  test.each(cases)('%s: %s -> %s', { timeout: DEADLINE_MS }, async (rule, from, to) => {
    const { violations } = await cruiseTree(planted(from, to))
    expect(violations.map(({ rule: { name } }) => name)).toContain(rule)
  })

  test('of every rule', async () => {
    const { forbidden = [] } = await readRules()
    const rules = forbidden.map(({ name }) => name ?? '')
    const elsewhere = ['no-circular-imports', 'no-orphans']
    expect([...new Set(cases.map(([rule]) => rule)), ...elsewhere].sort()).toEqual(rules.sort())
  })

  test('types count', { timeout: DEADLINE_MS }, async () => {
    const { violations } = await cruiseTree({
      'src/store/ingest.ts':
        "import type { Upstream } from '../upstream/upstream.ts'\nexport type Thing = Upstream\n",
      'src/upstream/upstream.ts': 'export interface Upstream { readonly name: string }\n',
    })
    expect(violations.map(({ rule }) => rule.name)).toContain('store-knows-no-upstream')
  })

  test('a circle', { timeout: DEADLINE_MS }, async () => {
    const { violations } = await cruiseTree({
      'src/oci/a.ts': "import { b } from './b.ts'\nexport const a = () => b\n",
      'src/oci/b.ts': "import { a } from './a.ts'\nexport const b = () => a\n",
    })
    expect(violations.map(({ rule }) => rule.name)).toEqual(['no-circular-imports'])
  })

  test('an orphan', { timeout: DEADLINE_MS }, async () => {
    const { violations } = await cruiseTree({ 'src/cache/forgotten.ts': 'export const nothing = 1\n' })
    expect(violations.map(({ rule }) => rule.name)).toEqual(['no-orphans'])
  })
})

test('what the layers allow is not complained about', { timeout: DEADLINE_MS }, async () => {
  const { violations } = await cruiseTree({
    'src/clock.ts': 'export interface Clock { now(): number }\n',
    'src/oci/digest.ts': "import { createHash } from 'node:crypto'\nexport const hash = createHash\n",
    'src/store/blob-store.ts': "import { hash } from '../oci/digest.ts'\nexport const store = hash\n",
    'src/store/disk.ts':
      "import Database from 'better-sqlite3'\nimport { store } from './blob-store.ts'\nexport const disk = [Database, store]\n",
    'src/upstream/upstream.ts': "import { request } from 'undici'\nexport const upstream = request\n",
    'src/cache/fill.ts':
      "import type { Clock } from '../clock.ts'\nimport { store } from '../store/blob-store.ts'\nimport { upstream } from '../upstream/upstream.ts'\nexport const fill = (clock: Clock) => [clock, store, upstream]\n",
    'src/server/context.ts':
      "import { fastify } from 'fastify'\nimport { fill } from '../cache/fill.ts'\nimport { disk } from '../store/disk.ts'\nexport const context = [fastify, fill, disk]\n",
    'src/cli/main.ts':
      "import { Command } from 'commander'\nimport { context } from '../server/context.ts'\nexport const main = [Command, context]\n",
  })
  expect(violations.map(formatViolation)).toEqual([])
})

test('every source file is read, and none breaks a rule', { timeout: DEADLINE_MS }, async () => {
  const { modules, violations } = await cruiseSources()
  const files = (await readdir(join(PROJECT_ROOT, 'src'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(PROJECT_ROOT.length))
    .sort()
  expect(files.length).toBeGreaterThan(0)
  expect(modules).toEqual(files)
  expect(violations.map(formatViolation)).toEqual([])
})

test('the process environment is touched in one place', async () => {
  const { modules } = await cruiseSources()
  const touching = []
  for (const path of modules) {
    const code = await readFile(join(PROJECT_ROOT, path), 'utf8')
    if (
      /\bprocess\s*\.\s*env\b|import\.meta\.env|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b|env\b.*from 'node:process'/.test(
        code,
      )
    ) {
      touching.push(path)
    }
  }
  expect(touching).toEqual(['src/config/process-environment.ts'])
})
