import type { PipelineEvent } from '../pipeline-context.ts'
import { type Git, splitNul } from './git.ts'
import type { Repository } from './repository.ts'

export interface RangeFacts {
  readonly event: PipelineEvent
  readonly kind: 'branch' | 'tag'
  readonly branch: string
  readonly defaultBranch: string
  /** Of a merge request. */
  readonly targetBranch: string
}

/**
 * The commit that this pipeline's changes began after: where its branch left the default branch; on that one, what
 * its server has, or else the commit before.
 * @returns undefined where GitLab compares with nothing: tags, schedules, a pipeline that a person started
 */
export async function changeBase(
  { git, head }: Repository,
  { event, kind, branch, defaultBranch, targetBranch }: RangeFacts,
): Promise<string | undefined> {
  if (head === undefined || kind === 'tag' || event === 'schedule' || event === 'web') return undefined
  if (event === 'merge_request') return await leftAt(git, targetBranch)
  if (branch !== defaultBranch) return await leftAt(git, defaultBranch)
  const pushed = await git.find(['merge-base', head, `refs/remotes/origin/${defaultBranch}`])
  if (pushed !== undefined && pushed !== head) return pushed
  return await git.find(['rev-parse', '--verify', '--quiet', `${head}^`])
}

/** Where HEAD left another branch, as its server has it, or else as it is here. */
async function leftAt(git: Git, branch: string): Promise<string | undefined> {
  const there = await git.find(['merge-base', 'HEAD', `refs/remotes/origin/${branch}`])
  return there ?? (await git.find(['merge-base', 'HEAD', `refs/heads/${branch}`]))
}

/** Answers what changed since a commit; what is not committed counts as changed unless only commits do. */
export class ChangedFiles {
  readonly #repository: Repository
  readonly #isCommittedOnly: boolean
  readonly #base: string | undefined
  readonly #answers = new Map<string, readonly string[] | undefined>()

  constructor(
    repository: Repository,
    { base, isCommittedOnly }: { base: string | undefined; isCommittedOnly: boolean },
  ) {
    this.#repository = repository
    this.#base = base
    this.#isCommittedOnly = isCommittedOnly
  }

  /** @param ref undefined: what the pipeline's event compares with */
  since(ref: string | undefined): readonly string[] | undefined {
    const key = ref ?? ''
    if (!this.#answers.has(key)) this.#answers.set(key, this.#find(ref))
    return this.#answers.get(key)
  }

  #find(ref: string | undefined): readonly string[] | undefined {
    const { git } = this.#repository
    const base = ref === undefined ? this.#base : leftNow(git, ref)
    if (base === undefined) return undefined
    const end = this.#isCommittedOnly ? ['HEAD'] : []
    const changed = git.findNow(['diff', '-z', '--name-only', '--no-renames', '--no-ext-diff', base, ...end])
    const added = this.#isCommittedOnly
      ? ''
      : git.findNow(['ls-files', '-z', '--others', '--exclude-standard'])
    if (changed === undefined || added === undefined) return undefined
    return [...splitNul(changed), ...splitNul(added)]
  }
}

/** A name that a rule gives: a branch, a tag or a commit, as the server has it or as it is here. */
function leftNow(git: Git, ref: string): string | undefined {
  // It would be taken for an option.
  if (ref.startsWith('-')) return undefined
  const names = [`refs/remotes/origin/${ref}`, ref]
  return names
    .map((name) => git.findNow(['merge-base', 'HEAD', name]))
    .find((found) => found !== undefined && found !== '')
}
