import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { buildDist } from './build-dist.ts'
import { cgroupMount } from './cgroup-mount.ts'
import { startWith } from './cleanups.ts'
import { ClientMachine } from './client-machine.ts'
import { SYSTEMD } from './component.ts'
import { Daemon } from './daemon.ts'
import type { EngineNetwork } from './engine-network.ts'
import { scratchDir } from './scratch-dir.ts'

export interface InitMachineOptions {
  /** Where it stands; the caller disposes it. */
  readonly network: EngineNetwork
  /** A socket of this machine that it has at /run/docker.sock. */
  readonly dockerSocket?: string
}

const ROOT = join(import.meta.dirname, '../../..')
const START_TIMEOUT_MS = 30_000
const POLL_MS = 50

/**
 * Changes nothing of this machine: what is written goes to memory, and the settings of the kernel cannot be written.
 * The project is where `npm install --global` puts it.
 */
const ENTER = `
cgroup=$1 box=$2 project=$3 node=$4 socket=$5
mount -t tmpfs tmpfs "$box"
mkdir "$box/upper" "$box/work" "$box/root"
root=$box/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$box/upper,workdir=$box/work" "$root"
rm -rf "$root"/etc/systemd/system/* "$root/etc/fstab"

mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/sys/fs"
mkdir "$root/sys/fs/cgroup"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for name in null zero full random urandom tty; do
  touch "$root/dev/$name"
  mount --bind "/dev/$name" "$root/dev/$name"
done
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
if [ -n "$socket" ]; then
  touch "$root/run/docker.sock"
  mount --bind "$socket" "$root/run/docker.sock"
fi

home=$root/usr/local/lib/node_modules/entrepot
mkdir -p "$home/node_modules" "$root/usr/local/bin"
cp -r "$project/dist" "$project/package.json" "$home"
mount --bind "$project/node_modules" "$home/node_modules"
ln -sf ../lib/node_modules/entrepot/dist/cli/main.js "$root/usr/local/bin/entrepot"
rm -f "$root/usr/local/bin/node"
touch "$root/usr/local/bin/node"
mount --bind "$node" "$root/usr/local/bin/node"

cd "$root"
pivot_root . mnt
umount -l mnt
exec env -i container=other ${SYSTEMD} --system --unit=basic.target --log-target=null --show-status=false`

const NAMESPACES = ['--mount', '--pid', '--ipc', '--uts', '--cgroup']

/**
 * A machine with systemd as its process 1, on which nothing runs but what a test starts with systemctl. Its programs
 * are those of this machine, and what is written on it is gone with it.
 */
export function startInitMachine(options: InitMachineOptions): Promise<ClientMachine> {
  const { network, dockerSocket = '' } = options
  return startWith(async (cleanups) => {
    await buildDist()
    const box = await scratchDir('init', cleanups)
    const cgroup = join(cgroupMount() ?? '', `entrepot-test-${network.namespace}`)
    await mkdir(cgroup)
    cleanups.defer(() => removeCgroup(cgroup))
    // Its group first: what it sees of the hierarchy begins there.
    const enterGroup = 'echo $$ > "$1/cgroup.procs"'
    const unshare = ['unshare', '--fork', '--kill-child=SIGKILL', ...NAMESPACES].join(' ')
    const script = `${enterGroup}; exec ${unshare} --propagation private sh -euc "$0" sh "$@"`
    const told = [cgroup, box, ROOT, process.execPath, dockerSocket]
    const holder = new Daemon({
      file: 'nsenter',
      args: [`--net=/run/netns/${network.namespace}`, 'sh', '-euc', script, ENTER, ...told],
    })
    // systemd has no part in it: the namespace of its processes ends with it.
    cleanups.defer(() => holder.stop('SIGKILL'))
    const pid = await initOf(holder)
    const machine = new ClientMachine(network, pid, cleanups, ['--net', ...NAMESPACES])
    await isUp(machine, holder)
    return machine
  })
}

async function initOf(holder: Daemon): Promise<number> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS
  while (Date.now() < giveUpAt) {
    const children = await readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8').catch(() => '')
    const [child] = children.split(' ').filter((text) => text !== '')
    const name = child === undefined ? '' : await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '')
    if (name.trim() === 'systemd') return Number(child)
    await delay(POLL_MS)
  }
  throw new Error(`systemd did not start:\n${holder.lines.join('\n')}`)
}

/** What of the machine's own units does not start here is nothing to the test. */
async function isUp(machine: ClientMachine, holder: Daemon): Promise<void> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const state = await machine
      .run(['sh', '-c', 'systemctl is-system-running 2>&1 || true'])
      .catch((error: unknown) => String(error))
    if (/^(running|degraded)$/.test(state.trim())) return
    if (Date.now() > giveUpAt) throw new Error(`systemd is ${state.trim()}:\n${holder.lines.join('\n')}`)
    await delay(POLL_MS)
  }
}

/** From the leaves to the root: they are no files. */
async function removeCgroup(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeCgroup(join(path, entry.name))
  }
  const giveUpAt = Date.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      return await rmdir(path)
    } catch (error) {
      // Its processes were killed, and have not all ended.
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || Date.now() > giveUpAt) throw error
      await delay(POLL_MS)
    }
  }
}
