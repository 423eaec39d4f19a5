import { createCipheriv } from 'node:crypto'
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { requireProgram } from './component.ts'
import { findPackageSource, makeDebianRoot } from './debian-packages.ts'
import { copyNode } from './node-layer.ts'
import { runCommand } from './run-command.ts'

/** Where a build works. */
export interface Workshop {
  /** Gone after the build. */
  readonly scratchDir: string
  /** The content of another layer, in a folder of its own. */
  unpacked(layer: LayerName): Promise<string>
}

/** Fills the existing, empty folder `tree` with what the layer adds. */
type LayerRecipe = (tree: string, workshop: Workshop) => Promise<void>

export const LAYER_RECIPES = {
  'busybox-amd64': busybox('amd64'),
  'busybox-arm64': busybox('arm64'),
  'many-files': manyFiles,
  'large-file': largeFile,
  'changed-files': changedFiles,
  greeting,
  debian: debianTree,
  'debian-arm64': debianArm64,
  redis: aptPackages('redis-server', 'redis-tools'),
  'redis-start': redisStart,
  postgres,
  'postgres-start': postgresStart,
  'git-lfs': aptPackages('git', 'git-lfs', 'ca-certificates'),
  docker: aptPackages('docker.io', 'iptables'),
  'docker-start': dockerStart,
  node: ownNode,
} as const satisfies Record<string, LayerRecipe>

export type LayerName = keyof typeof LAYER_RECIPES

function busybox(architecture: string): LayerRecipe {
  return async (tree, workshop) => {
    const packages = join(workshop.scratchDir, `busybox-${architecture}`)
    const source = await findPackageSource(workshop.scratchDir)
    await makeDebianRoot(packages, source, { architecture, variant: 'extract', packages: ['busybox-static'] })
    for (const dir of ['bin', 'etc', 'root', 'tmp', 'proc', 'sys', 'dev', 'var', 'usr']) {
      await mkdir(join(tree, dir))
    }
    await chmod(join(tree, 'tmp'), 0o1777)
    await copyFile(join(packages, 'bin/busybox'), join(tree, 'bin/busybox'))
    const applets = await runCommand(requireProgram('busybox'), ['--list'])
    for (const applet of applets.split('\n').filter((name) => name !== '' && name !== 'busybox')) {
      await symlink('busybox', join(tree, 'bin', applet))
    }
    await symlink('../bin', join(tree, 'usr/bin'))
    await symlink('bin', join(tree, 'sbin'))
    await writeFile(join(tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
    await writeFile(join(tree, 'etc/group'), 'root:x:0:\n')
  }
}

async function manyFiles(tree: string): Promise<void> {
  for (let folder = 0; folder < 20; folder++) {
    const dir = join(tree, 'srv/notes', `folder-${folder}`)
    await mkdir(dir, { recursive: true })
    for (let note = 0; note < 50; note++) {
      await writeFile(join(dir, `note-${note}.txt`), `note ${note} of folder ${folder}\n`.repeat(note + 1))
    }
  }
}

const LARGE_FILE_BYTES = 32 * 1024 * 1024

/** Bytes that do not compress, the same on every machine. */
async function largeFile(tree: string): Promise<void> {
  await mkdir(join(tree, 'srv'))
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 'large'), Buffer.alloc(16))
  await writeFile(join(tree, 'srv/large.bin'), cipher.update(Buffer.alloc(LARGE_FILE_BYTES)))
}

/** Replaces one file of `many-files` and takes one away. */
async function changedFiles(tree: string): Promise<void> {
  const dir = join(tree, 'srv/notes/folder-0')
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'note-0.txt'), 'replaced\n')
  await writeFile(join(dir, '.wh.note-1.txt'), '')
}

async function greeting(tree: string): Promise<void> {
  await mkdir(join(tree, 'bin'))
  await writeFile(join(tree, 'bin/greet'), '#!/bin/sh\necho hello from a layer\n', { mode: 0o755 })
}

async function debianTree(tree: string, workshop: Workshop): Promise<void> {
  const source = await findPackageSource(workshop.scratchDir)
  await makeDebianRoot(tree, source, { architecture: await ownArchitecture(), variant: 'minbase' })
  await forgetTheMaker(tree)
}

async function debianArm64(tree: string, workshop: Workshop): Promise<void> {
  const source = await findPackageSource(workshop.scratchDir)
  const packages = ['base-files', 'bash', 'coreutils', 'dash', 'libc-bin', 'libc6']
  await makeDebianRoot(tree, source, { architecture: 'arm64', variant: 'extract', packages })
  await forgetTheMaker(tree)
}

/** Takes out what tells of the machine that made the tree, and what a first `apt-get update` brings back. */
async function forgetTheMaker(root: string): Promise<void> {
  const paths = ['etc/apt/sources.list', 'etc/apt/apt.conf.d/99mmdebstrap', 'var/log/bootstrap.log']
  for (const path of paths) await rm(join(root, path), { force: true })
  for (const dir of ['dev', 'etc/apt/sources.list.d', 'var/cache/apt', 'var/lib/apt/lists', 'var/log/apt']) {
    for (const entry of await readdir(join(root, dir)).catch(() => [])) {
      await rm(join(root, dir, entry), { recursive: true })
    }
  }
  await writeFile(join(root, 'etc/hostname'), 'debian\n')
  await writeFile(join(root, 'etc/resolv.conf'), '')
}

const APT_TIMEOUT_MS = 180_000

function aptPackages(...packages: string[]): LayerRecipe {
  return async (tree, workshop) => {
    const { url, suite, settingsPath } = await findPackageSource(workshop.scratchDir)
    const root = await workshop.unpacked('debian')
    const work = await mkdtemp(join(workshop.scratchDir, 'apt-'))
    const script = join(import.meta.dirname, 'apt-layer.sh')
    const args = [script, root, tree, work, url, suite, settingsPath, ...packages]
    await runCommand('unshare', ['--mount', '--propagation', 'private', ...args], {
      timeoutMs: APT_TIMEOUT_MS,
    })
  }
}

async function redisStart(tree: string): Promise<void> {
  const start = join(tree, 'usr/local/bin/start-redis')
  await mkdir(join(tree, 'usr/local/bin'), { recursive: true })
  await mkdir(join(tree, 'data'))
  await writeFile(start, '#!/bin/sh\nexec redis-server --dir /data --protected-mode no "$@"\n', {
    mode: 0o755,
  })
}

async function postgres(tree: string, workshop: Workshop): Promise<void> {
  const settings = join(tree, 'etc/postgresql-common')
  await mkdir(settings, { recursive: true })
  await writeFile(join(settings, 'createcluster.conf'), 'create_main_cluster = false\n')
  await aptPackages('postgresql')(tree, workshop)
}

/** As the official image starts: listens on a socket alone while it makes its database, then on the network. */
const START_POSTGRES = `#!/bin/bash
set -euo pipefail
export PATH=$(echo /usr/lib/postgresql/*/bin):$PATH PGDATA=/var/lib/postgresql/data
[ "\${1:-postgres}" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres "$PGDATA" /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "\${POSTGRES_PASSWORD:-}" ]; then
    echo "Error: Database is uninitialized and superuser password is not specified." >&2
    exit 1
  fi
  initdb --username="\${POSTGRES_USER:-postgres}" --pwfile=<(echo "$POSTGRES_PASSWORD") --auth-host=scram-sha-256
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  pg_ctl --wait --options='-c listen_addresses=' start
  pg_ctl --wait --mode=fast stop
fi
exec postgres -c listen_addresses='*' -c fsync=off
`

async function postgresStart(tree: string): Promise<void> {
  await mkdir(join(tree, 'usr/local/bin'), { recursive: true })
  await writeFile(join(tree, 'usr/local/bin/start-postgres'), START_POSTGRES, { mode: 0o755 })
}

/** As the official image starts where DOCKER_TLS_CERTDIR is empty: options alone are for the engine. */
const START_DOCKER = `#!/bin/sh
set -eu
if [ $# -eq 0 ] || [ "\${1#-}" != "$1" ]; then
  set -- dockerd --host=unix:///var/run/docker.sock --host=tcp://0.0.0.0:2375 "$@"
fi
if [ "$1" = dockerd ]; then
  # What a container that was killed left would keep the next from starting.
  rm -f /var/run/docker.pid /run/docker/containerd/containerd.pid
fi
exec "$@"
`

async function dockerStart(tree: string): Promise<void> {
  await mkdir(join(tree, 'usr/local/bin'), { recursive: true })
  await writeFile(join(tree, 'usr/local/bin/dockerd-entrypoint.sh'), START_DOCKER, { mode: 0o755 })
}

async function ownNode(tree: string, workshop: Workshop): Promise<void> {
  await copyNode(tree, await workshop.unpacked('debian'))
}

async function ownArchitecture(): Promise<string> {
  return (await runCommand('dpkg', ['--print-architecture'])).trim()
}
