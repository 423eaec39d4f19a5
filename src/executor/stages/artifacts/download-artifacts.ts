import { posix } from 'node:path'
import { JobFailure } from '../../failure.ts'
import { attemptsIn } from '../../job/attempts.ts'
import type { JobDependency } from '../../job/job.ts'
import { asFailure } from '../../run/as-failure.ts'
import type { JobPlace, JobStage } from '../../run/job-run.ts'
import { readZip } from '../archives/read-zip.ts'
import { TemporaryFile } from '../archives/temporary-file.ts'
import type { StageParts } from '../stage-parts.ts'

type Parts = Pick<StageParts, 'artifacts' | 'trace' | 'temporaryDirectory'>

/** Puts into the project what earlier jobs left. What is not there fails the job: it was promised. */
export function downloadArtifacts(dependencies: readonly JobDependency[], parts: Parts): JobStage {
  return {
    name: 'download_artifacts',
    title: 'Downloading artifacts',
    run: async (place, signal) => {
      const attempts = attemptsIn(place.variables, 'ARTIFACT_DOWNLOAD_ATTEMPTS')
      for (const dependency of dependencies) {
        for (let attempt = 1; ; attempt++) {
          try {
            await downloadArtifact(dependency, place, parts, signal)
            break
          } catch (error) {
            signal.throwIfAborted()
            if (attempt === attempts) throw error
          }
        }
      }
    },
  }
}

async function downloadArtifact(
  dependency: JobDependency,
  { environment, prepared }: JobPlace,
  { artifacts, trace, temporaryDirectory }: Parts,
  signal: AbortSignal,
): Promise<void> {
  const whose = `${dependency.name} (${dependency.id})`
  trace.info(`Downloading artifacts for ${whose}...`)
  const told = `Downloading artifacts from ${artifacts.name}...`
  try {
    await using file = await TemporaryFile.create(temporaryDirectory)
    const archive = await artifacts.get(dependency, signal)
    if (archive === undefined) {
      throw new JobFailure('script_failure', 'not found', { exitCode: 1 })
    }
    await file.append(archive)
    trace.line(`${told} ok`)
    const { projectDirectory } = prepared
    const zip = await readZip(file)
    await environment.makeDirectories(
      zip.folders.map((folder) => posix.join(projectDirectory, folder)),
      signal,
    )
    await environment.writeArchive(projectDirectory, zip.toTar(), signal)
  } catch (error) {
    const { code, message, exitCode } = asFailure(error, signal)
    trace.error(`${told} ${message}`)
    const why = `artifacts of ${whose} could not be had: ${message}`
    throw new JobFailure(code, why, { ...(exitCode !== undefined && { exitCode }), cause: error })
  }
}
