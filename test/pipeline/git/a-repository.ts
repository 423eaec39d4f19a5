import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openRepository, type Repository } from '../../../src/pipeline/git/repository.ts'
import { makeTempDir } from '../../support/temp-dir.ts'

/** A work tree of a test's own. Whoever runs the test has settings of their own, which do not count. */
export class TestRepository {
  readonly path: string
  readonly env: NodeJS.ProcessEnv

  private constructor(path: string) {
    this.path = path
    this.env = {
      PATH: process.env.PATH,
      HOME: path,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_DATE: '2026-01-02T03:04:05+01:00',
      GIT_COMMITTER_DATE: '2026-01-02T03:04:05+01:00',
    }
  }

  static async make(): Promise<TestRepository> {
    const dir = await makeTempDir()
    onTestFinished(() => dir[Symbol.asyncDispose]())
    const repository = new TestRepository(dir.path)
    repository.git('init', '--quiet', '--initial-branch=main')
    repository.git('config', 'user.name', 'Ada')
    repository.git('config', 'user.email', 'ada@example.com')
    return repository
  }

  git(...args: readonly string[]): string {
    return execFileSync('git', args, { cwd: this.path, env: this.env, encoding: 'utf8' }).trim()
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.path, name)), { recursive: true })
      await writeFile(join(this.path, name), text)
    }
  }

  /** @returns its id */
  async commit(message: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
    await this.write(files)
    this.git('add', '--all')
    this.git('commit', '--quiet', '--allow-empty', '--message', message)
    return this.git('rev-parse', 'HEAD')
  }

  open(directory = this.path): Promise<Repository> {
    return openRepository({ directory, env: this.env })
  }
}
