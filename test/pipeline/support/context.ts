import type { PipelineContext } from '../../../src/pipeline/pipeline-context.ts'

/** The push of a commit to main, of a small project. */
export function context(facts: Partial<PipelineContext> = {}): PipelineContext {
  return {
    event: 'push',
    project: {
      id: 7,
      name: 'shop',
      path: 'acme/web/shop',
      url: 'https://git.example.com/acme/web/shop',
      defaultBranch: 'main',
      visibility: 'private',
      configPath: '.gitlab-ci.yml',
      dialect: 'gitlab',
    },
    commit: {
      sha: '0123456789abcdef0123456789abcdef01234567',
      beforeSha: '0'.repeat(40),
      message: 'Sell more\n\nOf everything.\n',
      author: 'Ada <ada@example.com>',
      timestamp: '2026-01-01T00:00:00+01:00',
    },
    ref: branch('main'),
    mergeRequest: undefined,
    run: { id: 42, createdAt: Date.parse('2026-01-01T00:00:00Z') },
    server: { url: 'https://git.example.com:8443', version: '18.2.1' },
    user: { id: 1, login: 'ada', name: 'Ada', email: 'ada@example.com' },
    variables: [],
    files: files([]),
    ...facts,
  }
}

export function branch(name: string) {
  return { kind: 'branch', name, isProtected: false, tagMessage: undefined } as const
}

export function tag(name: string) {
  return { kind: 'tag', name, isProtected: false, tagMessage: `release ${name}` } as const
}

/** @param changed by the ref that is compared with; '' is the event's own; undefined: nothing to compare with */
export function files(tracked: readonly string[], changed?: Readonly<Record<string, readonly string[]>>) {
  return {
    tracked,
    changedSince: (ref: string | undefined) => changed?.[ref ?? ''],
    contentId: (path: string) => (tracked.includes(path) ? `id of ${path}` : undefined),
  }
}

export const MERGE_REQUEST = {
  id: 1,
  iid: 5,
  title: 'Sell',
  sourceBranch: 'topic',
  targetBranch: 'main',
  diffBaseSha: 'f'.repeat(40),
}
