import { DebianTreeFailed, debianTree } from './debian-tree.ts'

/** Two generations of the clients. */
export const RELEASES = ['as installed here (Debian 12)', 'of Debian 13'] as const
export type Release = (typeof RELEASES)[number]

/**
 * Where the programs of a release are, for a client machine. A tree that cannot be made is a missing component: the
 * test is skipped and says why, and under CI=true it fails. Errors: DebianTreeFailed.
 */
export async function rootOf(release: Release, skip: (note: string) => never): Promise<string> {
  return (await findRoot(release)) ?? skip(`no programs ${release}`)
}

/** As `rootOf`, for suites that leave themselves out when it is undefined. */
export async function findRoot(release: Release): Promise<string | undefined> {
  if (release !== 'of Debian 13') return '/'
  try {
    return await debianTree()
  } catch (error) {
    if (!(error instanceof DebianTreeFailed) || process.env.CI === 'true') throw error
    process.stderr.write(`skipped programs ${release}: ${error.message}\n`)
    return undefined
  }
}
