import type { Job, JobImage, JobService, JobVariable } from '../../../src/executor/job/job.ts'

/** A job without a repository, in `image`; tests say what is special about theirs. */
export function aJob(image: string, special: Partial<Job> = {}): Job {
  return {
    id: 42,
    token: 'a-job-token',
    info: {
      name: 'test',
      stage: 'test',
      projectId: 7,
      projectName: 'shop',
      projectPath: 'acme/shop',
      pipelineId: 3,
    },
    git: {
      repoUrl: '',
      ref: 'main',
      refType: 'branch',
      sha: '0123456789abcdef0123456789abcdef01234567',
      beforeSha: '0'.repeat(40),
      refspecs: [],
      depth: 20,
      objectFormat: 'sha1',
      isProtected: false,
    },
    allowGitFetch: true,
    timeoutMs: 60_000,
    variables: [],
    steps: [],
    hooks: [],
    image: anImage(image),
    services: [],
    artifacts: [],
    caches: [],
    credentials: [],
    dependencies: [],
    unsupported: [],
    features: { traceSections: false, tokenMaskPrefixes: [], failureReasons: [] },
    ...special,
  }
}

export function anImage(name: string, special: Partial<JobImage> = {}): JobImage {
  return { name, entrypoint: undefined, pullPolicies: [], platform: undefined, user: undefined, ...special }
}

export function aService(name: string, special: Partial<JobService> = {}): JobService {
  return { ...anImage(name), alias: undefined, command: undefined, variables: [], ...special }
}

export function aVariable(key: string, value: string, special: Partial<JobVariable> = {}): JobVariable {
  return { key, value, isPublic: true, isMasked: false, isRaw: false, isFile: false, ...special }
}
