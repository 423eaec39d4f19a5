import { lstat, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileErrorCode } from '../../file-error.ts'
import { STATE_DIRECTORY } from '../git/project-tree.ts'

/** The directory for the state of runs cannot be used. */
export class StateUnusable extends Error {
  override readonly name = 'StateUnusable'
  readonly code = 'STATE_UNUSABLE'
}

/**
 * Makes the directory for what commands leave in a project; git does not see it.
 * @param project its top directory
 * @returns its path
 * @throws StateUnusable, or what the file system says
 */
export async function makeStateRoot(project: string): Promise<string> {
  const root = join(project, STATE_DIRECTORY)
  await mkdir(root, { recursive: true })
  // A project may bring a link of this name, to a place that it could not write itself.
  if (!(await lstat(root)).isDirectory()) throw new StateUnusable(`${root} is no directory`)
  await writeFile(join(root, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: unknown) => {
    if (fileErrorCode(error) !== 'EEXIST') throw error
  })
  return root
}
