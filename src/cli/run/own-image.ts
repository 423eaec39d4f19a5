import { access, constants, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Engine } from '../../executor/docker/engine.ts'
import { isEngineError } from '../../executor/docker/engine-error.ts'
import type { CliContext } from '../context.ts'

/** Engines put these files of a container's own in its place; the path on their side holds its id. */
const OWN_FILE = /\/([0-9a-f]{64})\/(?:userdata\/)?(?:hostname|hosts|resolv\.conf) /

/** @param mountInfo /proc/self/mountinfo */
export function containerIdIn(mountInfo: string): string | undefined {
  return OWN_FILE.exec(mountInfo)?.[1]
}

/**
 * The image that this process runs in, where it can do the helper's work: it has git, and the engine that runs jobs
 * has it. An id is the engine's word that this is no other container.
 */
export async function findOwnImage(
  engine: Engine,
  { env }: Pick<CliContext, 'env'>,
): Promise<string | undefined> {
  const mountInfo = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  const id = containerIdIn(mountInfo)
  if (id === undefined || !(await hasGit(env.PATH ?? ''))) return undefined
  try {
    const container = await engine.call(`inspect container ${id.slice(0, 12)}`, (docker) =>
      docker.getContainer(id).inspect(),
    )
    return container.Image
  } catch (error) {
    if (isEngineError(error, 'NOT_FOUND')) return undefined
    throw error
  }
}

async function hasGit(path: string): Promise<boolean> {
  const folders = path.split(delimiter).filter((folder) => folder !== '')
  const found = folders.map((folder) =>
    access(join(folder, 'git'), constants.X_OK).then(
      () => true,
      () => false,
    ),
  )
  return (await Promise.all(found)).includes(true)
}
