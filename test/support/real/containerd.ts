import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cleanups, startWith } from './cleanups.ts'
import { requireProgram } from './component.ts'
import { Daemon } from './daemon.ts'
import { runCommand } from './run-command.ts'
import { scratchDir } from './scratch-dir.ts'

export interface ContainerdOptions {
  /** Which URL answers for a registry, by its name or `_default`; written as hosts.toml files. */
  readonly mirrors?: Readonly<Record<string, string>>
}

/** A containerd of the test's own, without the Kubernetes part. */
export class Containerd implements AsyncDisposable {
  readonly #dir: string
  readonly #cleanups: Cleanups

  constructor(dir: string, cleanups: Cleanups) {
    this.#dir = dir
    this.#cleanups = cleanups
  }

  /** Runs ctr against it; resolves with what it printed. Errors: CommandFailed. */
  ctr(...args: string[]): Promise<string> {
    return runCommand(requireProgram('ctr'), ['--address', `${this.#dir}/c.sock`, ...args])
  }

  /** `docker.io/library/busybox:latest`, by way of the mirrors. */
  pull(reference: string, ...flags: string[]): Promise<string> {
    return this.ctr('images', 'pull', '--hosts-dir', join(this.#dir, 'hosts'), ...flags, reference)
  }

  /** The digest that a pulled name points to. */
  async imageDigest(reference: string): Promise<string> {
    const list = await this.ctr('images', 'ls', `name==${reference}`)
    return /sha256:[0-9a-f]{64}/.exec(list)?.[0] ?? ''
  }

  /** Leaves no image and no content behind. */
  async removeAllImages(): Promise<void> {
    const names = (await this.ctr('images', 'ls', '--quiet')).split('\n').filter((name) => name !== '')
    if (names.length > 0) await this.ctr('images', 'rm', '--sync', ...names)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }
}

export function startContainerd(options: ContainerdOptions = {}): Promise<Containerd> {
  return startWith(async (cleanups) => {
    const dir = await scratchDir('containerd', cleanups)
    for (const [registry, url] of Object.entries(options.mirrors ?? {})) {
      await mkdir(join(dir, 'hosts', registry), { recursive: true })
      await writeFile(join(dir, 'hosts', registry, 'hosts.toml'), hostsToml(url))
    }
    const configPath = join(dir, 'config.toml')
    await writeFile(configPath, configToml(dir))
    const daemon = cleanups.use(
      new Daemon({ file: requireProgram('containerd'), args: ['--config', configPath] }),
    )
    await daemon.waitForLine((line) => line.includes('containerd successfully booted'))
    return new Containerd(dir, cleanups)
  })
}

/** `server` too is the mirror: a pull that the mirror cannot serve fails, and goes nowhere else. */
function hostsToml(url: string): string {
  return `server = "${url}"\n[host."${url}"]\n  capabilities = ["pull", "resolve"]\n`
}

function configToml(dir: string): string {
  return [
    'version = 2',
    `root = "${dir}/root"`,
    `state = "${dir}/state"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    `[grpc]\n  address = "${dir}/c.sock"`,
    `[ttrpc]\n  address = "${dir}/c.ttrpc"`,
    '',
  ].join('\n')
}
