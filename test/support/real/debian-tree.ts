import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPackageSource, makeDebianRoot } from './debian-packages.ts'
import { lockFolder } from './folder-lock.ts'
import { runCommand } from './run-command.ts'

/** Outside the checkout, so that later runs find it. A change of the packages needs a new number. */
const CACHE_DIR = join(tmpdir(), 'entrepot-test-debian-13-v2')

const SUITE = 'trixie'
const CLIENTS = [
  ...['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose', 'containerd'],
  ...['podman', 'buildah', 'skopeo'],
]
/** What they only recommend, and do not work without here. */
const NEEDS = ['runc', 'crun', 'netavark', 'iptables', 'iproute2', 'ca-certificates']

export class DebianTreeFailed extends Error {
  override readonly name = 'DebianTreeFailed'
  readonly code = 'DEBIAN_TREE_FAILED'

  constructor(cause: unknown) {
    super(`no Debian 13 tree could be made: apt's own package source has to serve ${SUITE}`, { cause })
  }
}

/**
 * The folder with a Debian 13 in which the newer clients are installed: from the cache, or made now in half a
 * minute from where this machine's apt gets its packages. Its programs need its own libc, so they run in a
 * machine (client-machine.ts). Errors: DebianTreeFailed.
 */
export async function debianTree(): Promise<string> {
  const tree = join(CACHE_DIR, 'tree')
  if (await exists(tree)) return tree
  await mkdir(CACHE_DIR, { recursive: true })
  const lock = await lockFolder(join(CACHE_DIR, 'building'))
  try {
    if (!(await exists(tree))) await build(tree)
  } catch (error) {
    throw new DebianTreeFailed(error)
  } finally {
    await lock.release()
  }
  return tree
}

/** A tree gets its name last, so one that has it is whole. */
async function build(tree: string): Promise<void> {
  const scratch = await mkdtemp(join(CACHE_DIR, 'scratch-'))
  try {
    const source = { ...(await findPackageSource(scratch)), suite: SUITE }
    const architecture = (await runCommand('dpkg', ['--print-architecture'])).trim()
    const made = join(scratch, 'tree')
    await makeDebianRoot(made, source, { architecture, variant: 'minbase', packages: [...CLIENTS, ...NEEDS] })
    await rename(made, tree)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
