import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runCommand } from '../real/run-command.ts'

/** A bare repository that a server can serve, and what is needed to add commits to it. */
export class Repository {
  readonly #work: string

  private constructor(work: string) {
    this.#work = work
  }

  /**
   * @param bare where it is served from: `ROOT/acme/shop.git`
   * @param work an empty folder for its files
   */
  static async create(bare: string, work: string): Promise<Repository> {
    await mkdir(work, { recursive: true })
    await mkdir(dirname(bare), { recursive: true })
    const repository = new Repository(work)
    await runCommand('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare], { env: IDENTITY })
    await repository.git('init', '--quiet', '--initial-branch=main')
    await repository.git('remote', 'add', 'origin', bare)
    return repository
  }

  async git(...args: readonly string[]): Promise<string> {
    // Submodules are added from folders of this machine, which git takes for a danger.
    const all = ['-c', 'protocol.file.allow=always', ...args]
    return (await runCommand('git', all, { cwd: this.#work, env: IDENTITY })).trim()
  }

  /** Writes files, commits and pushes all. Resolves with the commit. */
  async commit(files: Readonly<Record<string, string>>): Promise<string> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.#work, name)), { recursive: true })
      await writeFile(join(this.#work, name), content)
    }
    await this.git('add', '--all')
    await this.git('commit', '--quiet', '--message', `Write ${Object.keys(files).join(', ')}`)
    await this.push()
    return await this.git('rev-parse', 'HEAD')
  }

  /** Also what is no longer on top of what was there. */
  async push(): Promise<void> {
    await this.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/main')
  }

  /** @param url as it stands in .gitmodules */
  async addSubmodule(from: string, url: string, path: string): Promise<void> {
    await this.git('submodule', '--quiet', 'add', from, path)
    await this.git('config', '--file', '.gitmodules', `submodule.${path}.url`, url)
  }
}

/** Nobody's, and no settings of whoever runs the tests. */
const IDENTITY = {
  GIT_AUTHOR_NAME: 'A Tester',
  GIT_AUTHOR_EMAIL: 'tester@example.com',
  GIT_COMMITTER_NAME: 'A Tester',
  GIT_COMMITTER_EMAIL: 'tester@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
}
