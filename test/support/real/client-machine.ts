import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Cleanups, startWith } from './cleanups.ts'
import { Daemon } from './daemon.ts'
import type { EngineNetwork } from './engine-network.ts'
import { type CommandOptions, runCommand } from './run-command.ts'
import { scratchDir } from './scratch-dir.ts'

export interface ClientMachineOptions {
  /** Where it stands; the caller disposes it. */
  readonly network: EngineNetwork
  /** The tree with its programs; default this machine's own. */
  readonly root?: string
}

export interface InstalledFile {
  /** Absolute, as its user would know it: `/etc/docker/daemon.json`. */
  readonly path: string
  readonly text: string
}

/**
 * What a client sees as its computer: the programs of this machine or of another tree, an /etc, /run, /root, /tmp
 * and /var/lib of its own, and a network in which nothing but the test's servers can be reached. Settings are
 * installed where a user would put them, and no setting of this machine is changed or seen by others.
 */
export class ClientMachine implements AsyncDisposable {
  readonly network: EngineNetwork
  readonly #pid: number
  readonly #namespaces: readonly string[]
  readonly #cleanups: Cleanups

  /**
   * @param pid of a process that is inside
   * @param namespaces that are its own, as options of nsenter
   */
  constructor(
    network: EngineNetwork,
    pid: number,
    cleanups: Cleanups,
    namespaces: readonly string[] = ['--mount', '--net'],
  ) {
    this.network = network
    this.#pid = pid
    this.#namespaces = namespaces
    this.#cleanups = cleanups
  }

  /** Where a file of the machine is for this process. */
  pathOf(path: string): string {
    return join(`/proc/${this.#pid}/root`, path)
  }

  async install(files: readonly InstalledFile[]): Promise<void> {
    for (const { path, text } of files) {
      await mkdir(dirname(this.pathOf(path)), { recursive: true })
      await writeFile(this.pathOf(path), text)
    }
  }

  /** Runs a program of the machine to its end; resolves with what it printed. Errors: CommandFailed. */
  run(command: readonly string[], { env, ...options }: CommandOptions = {}): Promise<string> {
    const [file, args] = this.#inside(command, env)
    return runCommand(file, args, { timeoutMs: 90_000, ...options })
  }

  /** Starts a server in the machine, which is stopped with it. */
  start(command: readonly string[]): Daemon {
    const [file, args] = this.#inside(command)
    return this.#cleanups.use(new Daemon({ file, args }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }

  /** No variable of this process is passed on: proxies and settings of its user are not the machine's. */
  #inside(command: readonly string[], env: CommandOptions['env'] = {}): [file: string, args: string[]] {
    const variables = Object.entries({ ...ENVIRONMENT, ...env }).map(([name, value]) => `${name}=${value}`)
    const enter = ['--target', String(this.#pid), ...this.#namespaces]
    return ['nsenter', [...enter, 'env', '-i', ...variables, ...command]]
  }
}

/** Debian's own programs come first even where others stand in /usr/local. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LC_ALL: 'C.UTF-8' }

/**
 * Makes the machine's view in a mount namespace of its own and keeps it. The root is changed with pivot_root:
 * in a chroot dockerd cannot unpack layers, since it changes the propagation of `/`, which is no mount there.
 */
const ENTER = `
root=$1 box=$2
if [ "$root" != / ]; then
  mount --bind "$root" "$root"
  for dir in proc sys dev; do mount --rbind /$dir "$root/$dir"; done
fi
mount -t overlay overlay -o "lowerdir=$root/etc,upperdir=$box/etc,workdir=$box/work" "$root/etc"
mount -t tmpfs tmpfs "$root/run"
mount --bind "$box/lib" "$root/var/lib"
mount --bind "$box/home" "$root/root"
mount --bind "$box/tmp" "$root/var/tmp"
mount --bind "$box/tmp" "$root/tmp"
if [ "$root" != / ]; then
  cd "$root"
  pivot_root . .
  umount -l .
fi
echo the machine is up
exec sleep infinity`

export function startClientMachine({ network, root = '/' }: ClientMachineOptions): Promise<ClientMachine> {
  return startWith(async (cleanups) => {
    const box = await scratchDir('machine', cleanups)
    for (const dir of ['etc', 'work', 'lib', 'home', 'tmp']) await mkdir(join(box, dir))
    await chmod(join(box, 'tmp'), 0o1777)
    // Nothing listens there, and it says so at once; without it each lookup waits ten seconds.
    const resolver = `nameserver ${network.hostAddress}\noptions timeout:1 attempts:1\n`
    await writeFile(join(box, 'etc/resolv.conf'), resolver)
    const namespaces = [`--net=/run/netns/${network.namespace}`, 'unshare', '--mount', '--propagation']
    const args = [...namespaces, 'private', 'sh', '-euc', ENTER, 'sh', root, box]
    const holder = cleanups.use(new Daemon({ file: 'nsenter', args }))
    await holder.waitForLine((line) => line === 'the machine is up')
    return new ClientMachine(network, holder.pid ?? 0, cleanups)
  })
}
