import { JobFailure } from '../../failure.ts'
import type { SelectedFile } from '../files/selected-files.ts'
import type { TemporaryFile } from './temporary-file.ts'

/**
 * Writes the one file as it is.
 * @throws JobFailure when there are several; ArchiveError `TOO_LARGE`; what the files throw
 */
export async function writeRaw(file: TemporaryFile, files: AsyncIterable<SelectedFile>): Promise<void> {
  let only: string | undefined
  for await (const { path, type, body } of files) {
    if (type !== 'file') continue
    if (only !== undefined) {
      const message = `a raw artifact is one file, and "${only}" and "${path}" were found; name one in paths`
      throw new JobFailure('script_failure', message, { exitCode: 1 })
    }
    only = path
    await file.append(body)
  }
}
