import type { Job, JobArtifact } from '../../job/job.ts'
import { asFailure } from '../../run/as-failure.ts'
import type { JobPlace, JobStage } from '../../run/job-run.ts'
import { compressionLevel } from '../archives/compression-level.ts'
import { TemporaryFile } from '../archives/temporary-file.ts'
import { writeGzip } from '../archives/write-gzip.ts'
import { writeRaw } from '../archives/write-raw.ts'
import { writeZip } from '../archives/write-zip.ts'
import { FileSelection } from '../files/file-selection.ts'
import { type SelectedFile, selectedFiles } from '../files/selected-files.ts'
import { SelectionCount } from '../files/selection-count.ts'
import { untrackedFiles } from '../files/untracked-files.ts'
import type { StageParts } from '../stage-parts.ts'
import { artifactFilename } from './artifact-filename.ts'

type Parts = Pick<StageParts, 'artifacts' | 'trace' | 'temporaryDirectory'>

/**
 * Hands what a job leaves to the store, all of it also when a part is refused. What is not there is a warning.
 * @param artifacts of the job, those that are meant after an end like this one
 */
export function uploadArtifacts(
  job: Job,
  artifacts: readonly JobArtifact[],
  status: 'success' | 'failed',
  parts: Parts,
): JobStage {
  return {
    name: status === 'success' ? 'upload_artifacts_on_success' : 'upload_artifacts_on_failure',
    title: `Uploading artifacts for ${status === 'success' ? 'successful' : 'failed'} job`,
    run: async (place, signal) => {
      const failures: unknown[] = []
      for (const artifact of artifacts) {
        try {
          await uploadArtifact({ job, artifact, place, parts }, signal)
        } catch (error) {
          signal.throwIfAborted()
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}

interface Upload {
  readonly job: Job
  readonly artifact: JobArtifact
  readonly place: JobPlace
  readonly parts: Parts
}

async function uploadArtifact({ job, artifact, place, parts }: Upload, signal: AbortSignal): Promise<void> {
  const { trace, temporaryDirectory, artifacts } = parts
  const { variables } = place
  const { type, format, expireIn } = artifact
  trace.info('Uploading artifacts...')
  await using file = await TemporaryFile.create(temporaryDirectory)
  const count = await packFiles(file, { artifact, place, parts }, signal)
  if (count.selected === 0 || file.sizeBytes === 0) {
    trace.error('No files to upload')
    return
  }
  const name = artifact.name === undefined ? undefined : variables.expand(artifact.name)
  const told = `Uploading artifacts as "${type}" to ${artifacts.name}...`
  try {
    const { sizeBytes } = file
    const filename = artifactFilename(name, format)
    const sent = { filename, type, format, expireIn, sizeBytes, open: () => file.open() }
    trace.line(`${told} ${await artifacts.put(job, sent, signal)}`)
  } catch (error) {
    trace.error(`${told} ${asFailure(error, signal).message}`)
    throw error
  }
}

async function packFiles(
  file: TemporaryFile,
  { artifact, place, parts }: Omit<Upload, 'job'>,
  signal: AbortSignal,
): Promise<SelectionCount> {
  const { environment, prepared, variables } = place
  const { projectDirectory } = prepared
  const order = {
    projectDirectory,
    paths: artifact.paths.map((path) => variables.expand(path)),
    exclude: artifact.exclude.map((path) => variables.expand(path)),
    untracked: artifact.isUntracked ? await untrackedFiles(place, signal) : new Set<string>(),
  }
  const selection = new FileSelection(order)
  for (const warning of selection.warnings) parts.trace.warn(warning)
  const count = new SelectionCount(order, selection)
  const files = selectedFiles({ environment, projectDirectory }, { selection, count }, signal)
  const level = compressionLevel(variables.get('ARTIFACT_COMPRESSION_LEVEL'), 'default')
  await writeAs(artifact.format, file, files, level)
  count.tell(parts.trace, artifact.isUntracked)
  return count
}

async function writeAs(
  format: JobArtifact['format'],
  file: TemporaryFile,
  files: AsyncIterable<SelectedFile>,
  level: number,
): Promise<void> {
  if (format === 'zip') await writeZip(file, files, level)
  else if (format === 'gzip') await writeGzip(file, files, level)
  else await writeRaw(file, files)
}
