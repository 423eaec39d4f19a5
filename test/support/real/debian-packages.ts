import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { requireProgram } from './component.ts'
import { runCommand } from './run-command.ts'

/** Where this machine's own apt gets its packages. It is asked at run time and stays in no image. */
export interface PackageSource {
  readonly url: string
  readonly suite: string
  /** A file with apt's own settings for downloads: proxies, certificates, checks of dates. */
  readonly settingsPath: string
}

const MMDEBSTRAP_TIMEOUT_MS = 180_000

export async function findPackageSource(dir: string): Promise<PackageSource> {
  const format = '$(COMPONENT) $(CODENAME) $(SITE) $(REPO_URI)'
  const targets = await runCommand('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
  const main = targets.split('\n').map((line) => line.split(' '))
  const [, suite, , url] =
    main.find(([component, codename]) => component === 'main' && !codename?.includes('-')) ?? []
  if (suite === undefined || url === undefined)
    throw new Error('apt knows no package source: run apt-get update')
  const settingsPath = join(dir, 'apt.conf')
  await writeFile(settingsPath, await runCommand('apt-config', ['dump', 'Acquire']))
  return { url, suite, settingsPath }
}

/** What an image does without: documentation, translations. */
const LEFT_OUT = ['/usr/share/man/*', '/usr/share/locale/*', '/usr/share/doc/*', '/usr/share/info/*']

export interface RootOptions {
  readonly architecture: string
  /** `extract` only unpacks, so it works for other architectures too; `minbase` is a working system. */
  readonly variant: 'extract' | 'minbase'
  readonly packages?: readonly string[]
}

/** Unpacks Debian packages into the new folder `target`. */
export async function makeDebianRoot(
  target: string,
  source: PackageSource,
  options: RootOptions,
): Promise<void> {
  const include = options.packages === undefined ? [] : [`--include=${options.packages.join(',')}`]
  await runCommand(
    requireProgram('mmdebstrap'),
    [
      '--quiet',
      `--architectures=${options.architecture}`,
      `--variant=${options.variant}`,
      `--aptopt=${source.settingsPath}`,
      '--dpkgopt=force-unsafe-io', // a tree that a crash spoils is built anew
      ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...include,
      source.suite,
      target,
      source.url,
    ],
    { timeoutMs: MMDEBSTRAP_TIMEOUT_MS },
  )
}
