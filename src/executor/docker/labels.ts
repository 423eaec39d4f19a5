import type { Job } from '../job/job.ts'
import type { Owner } from './owner.ts'

/** Ours, for the sweep. */
export const OWN = 'entrepot.executor'
/** GitLab Runner's: tools that clean up after runners look for these. */
const GITLAB = 'com.gitlab.gitlab-runner'

export type ContainerKind = 'build' | 'predefined' | 'service'

/** What is written on everything that is made for a job. */
export function jobLabels(job: Job, slot: number, owner: Owner, runner: RunnerName): Record<string, string> {
  const { info, git } = job
  return {
    [`${OWN}.managed`]: 'true',
    [`${OWN}.host`]: owner.hostId,
    [`${OWN}.pid`]: String(owner.pid),
    [`${OWN}.process-start`]: owner.startedAt,
    [`${OWN}.job`]: String(job.id),
    [`${GITLAB}.managed`]: 'true',
    [`${GITLAB}.job.id`]: String(job.id),
    [`${GITLAB}.job.sha`]: git.sha,
    [`${GITLAB}.job.before_sha`]: git.beforeSha,
    [`${GITLAB}.job.ref`]: git.ref,
    [`${GITLAB}.job.timeout`]: `${job.timeoutMs / 1000}s`,
    [`${GITLAB}.project.id`]: String(info.projectId),
    [`${GITLAB}.project.runner_id`]: String(slot),
    [`${GITLAB}.pipeline.id`]: String(info.pipelineId ?? ''),
    [`${GITLAB}.runner.id`]: runner.shortToken,
    [`${GITLAB}.runner.system_id`]: runner.systemId,
  }
}

export function containerLabels(kind: ContainerKind): Record<string, string> {
  return { [`${GITLAB}.type`]: kind, [`${OWN}.type`]: kind }
}

/** @param version tag or digest. @param own those of the settings, which services have under GitLab's prefix too */
export function serviceLabels(
  service: string,
  version: string,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(own).map(([name, value]) => [`${GITLAB}.${name}`, value])),
    ...containerLabels('service'),
    [`${GITLAB}.service`]: service,
    [`${GITLAB}.service.version`]: version,
  }
}

/** Reusable volumes outlive jobs, so the sweep must not see them as anybody's. */
export function volumeLabels(destination: string, isReusable: boolean, isProtected: boolean) {
  return {
    [`${GITLAB}.type`]: 'cache',
    [`${GITLAB}.destination`]: destination,
    [`${GITLAB}.protected`]: String(isProtected),
    [`${GITLAB}.reusable`]: String(isReusable),
    [`${OWN}.reusable`]: String(isReusable),
  }
}

/** Whether that is a volume of a runner that outlives jobs. */
export function isCacheVolumeOf(labels: Readonly<Record<string, string>>, systemId: string): boolean {
  const isReusable = labels[`${OWN}.managed`] === 'true' && labels[`${OWN}.reusable`] === 'true'
  return isReusable && labels[`${GITLAB}.runner.system_id`] === systemId
}

/** How a runner names itself in what it makes. */
export interface RunnerName {
  /** The first characters of its token, which are no secret. */
  readonly shortToken: string
  readonly systemId: string
}

/** Everything of one job; for the engine's filters. */
export function ofJob(job: Job, owner: Owner): string[] {
  return [...ofHost(owner.hostId), ...ofProcess(owner), `${OWN}.job=${job.id}`]
}

export function ofHost(hostId: string): string[] {
  return [`${OWN}.managed=true`, `${OWN}.host=${hostId}`]
}

function ofProcess(owner: Owner): string[] {
  return [`${OWN}.pid=${owner.pid}`, `${OWN}.process-start=${owner.startedAt}`]
}

/** Whose something is, by its labels; undefined when they do not say. */
export function ownerIn(labels: Readonly<Record<string, string>> | null): Owner | undefined {
  const [hostId, pid, startedAt] = ['host', 'pid', 'process-start'].map((name) => labels?.[`${OWN}.${name}`])
  if (hostId === undefined || pid === undefined || startedAt === undefined) return undefined
  return { hostId, pid: Number(pid), startedAt }
}
