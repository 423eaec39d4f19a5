import { crc32 } from 'node:zlib'
import type { PipelineFile } from '../load/load-pipeline.ts'
import type { PipelineContext, PipelineEvent, RefFacts, RunFacts } from '../pipeline-context.ts'
import type { OriginVariable } from '../variables/origin-variable.ts'
import { ChangedFiles, changeBase } from './commit-range.ts'
import {
  NO_COMMIT,
  readBranch,
  readCommit,
  readDefaultBranch,
  readRemote,
  readTag,
  readUser,
} from './git-facts.ts'
import { type ProjectTree, readCommittedTree, readWorkTree } from './project-tree.ts'
import type { Repository } from './repository.ts'

/** What the command line says of a pipeline. */
export interface ContextOrder {
  readonly event: PipelineEvent
  /** The pipeline is that of a tag. */
  readonly tag: string | undefined
  /** Only what is committed is there. */
  readonly isCommittedOnly: boolean
  readonly variables: readonly OriginVariable[]
  readonly run: RunFacts
}

export interface ProjectContext {
  /** The pipeline file is not chosen yet. */
  readonly context: (file: PipelineFile) => PipelineContext
  readonly tree: ProjectTree
  /** What a person should know, as sentences. */
  readonly notes: readonly string[]
}

/** Whose semantics are followed. */
const SERVER_VERSION = '18.5.0'

/**
 * What a work tree says of the pipeline that is run in it.
 * @throws GitError
 */
export async function readContext(repository: Repository, order: ContextOrder): Promise<ProjectContext> {
  const { git } = repository
  const { event, isCommittedOnly, variables, run } = order
  const branch = await readBranch(repository)
  const [defaultBranch, commit, remote, user, tree, tag] = await Promise.all([
    readDefaultBranch(git, branch),
    readCommit(repository),
    readRemote(repository),
    readUser(git),
    isCommittedOnly ? readCommittedTree(repository) : readWorkTree(repository),
    order.tag === undefined ? undefined : readTag(repository, order.tag),
  ])
  const ref: RefFacts = tag ?? {
    kind: 'branch',
    name: branch,
    isProtected: branch === defaultBranch,
    tagMessage: undefined,
  }
  const targetBranch = defaultBranch
  const base = await changeBase(repository, { event, kind: ref.kind, branch, defaultBranch, targetBranch })
  const changed = new ChangedFiles(repository, { base, isCommittedOnly })
  const url = `${remote.serverUrl}/${remote.path}`
  const [title = ''] = commit.message.split('\n')
  const context = (file: PipelineFile): PipelineContext => ({
    event,
    project: {
      id: crc32(url),
      name: remote.path.split('/').at(-1) ?? remote.path,
      path: remote.path,
      url,
      defaultBranch,
      visibility: 'private',
      configPath: file.path,
      dialect: file.dialect,
    },
    commit: { ...commit, beforeSha: event === 'push' ? (base ?? NO_COMMIT) : NO_COMMIT },
    ref,
    mergeRequest:
      event === 'merge_request'
        ? { id: 1, iid: 1, title, sourceBranch: branch, targetBranch, diffBaseSha: base ?? NO_COMMIT }
        : undefined,
    run,
    server: { url: remote.serverUrl, version: SERVER_VERSION },
    user,
    variables,
    files: {
      tracked: tree.paths,
      changedSince: (since) => changed.since(since),
      contentId: (path) => tree.contentId(path),
    },
  })
  return { context, tree, notes: notesOn(tag, repository) }
}

function notesOn(
  tag: Awaited<ReturnType<typeof readTag>> | undefined,
  { head }: Repository,
): readonly string[] {
  const notes: string[] = []
  if (head === undefined) notes.push('nothing is committed yet: CI_COMMIT_SHA is all zeros')
  if (tag?.isElsewhere) {
    notes.push(`the tag ${tag.name} is at another commit: jobs get what is checked out, under its name`)
  }
  return notes
}
