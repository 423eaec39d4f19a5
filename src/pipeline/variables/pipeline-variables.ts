import type { PipelineContext, PipelineEvent } from '../pipeline-context.ts'
import { alloyPipelineVariables } from './alloy-variables.ts'
import { type OriginVariable, predefined, variable } from './origin-variable.ts'
import { slug } from './slug.ts'

const SOURCES: Readonly<Record<PipelineEvent, string>> = {
  push: 'push',
  merge_request: 'merge_request_event',
  schedule: 'schedule',
  web: 'web',
}

/** What a server tells every job of a pipeline, and what rules may ask for. */
export function pipelineVariables(context: PipelineContext): readonly OriginVariable[] {
  if (context.project.dialect === 'alloy') return alloyPipelineVariables(context)
  const { user, run, event, server, project } = context
  const pipeline = {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_LOCAL: 'true',
    GITLAB_FEATURES: '',
    CI_PIPELINE_ID: String(run.id),
    CI_PIPELINE_IID: String(run.id),
    CI_PIPELINE_SOURCE: SOURCES[event],
    CI_PIPELINE_URL: `${project.url}/-/pipelines/${run.id}`,
    CI_PIPELINE_CREATED_AT: new Date(run.createdAt).toISOString(),
    CI_CONFIG_PATH: project.configPath,
    CI_API_V4_URL: `${server.url}/api/v4`,
    CI_API_GRAPHQL_URL: `${server.url}/api/graphql`,
  }
  const person = {
    GITLAB_USER_ID: String(user.id),
    GITLAB_USER_LOGIN: user.login,
    GITLAB_USER_NAME: user.name,
    GITLAB_USER_EMAIL: user.email,
  }
  return [
    ...predefined(pipeline),
    ...predefined(serverVariables(context)),
    ...predefined(projectVariables(context)),
    ...registryVariables(context),
    ...predefined(commitVariables(context)),
    ...predefined(mergeRequestVariables(context)),
    ...Object.entries(person).map(([key, value]) => variable('user', key, value, { isRaw: true })),
  ]
}

function serverVariables({ server }: PipelineContext): Record<string, string> {
  const url = new URL(server.url)
  const protocol = url.protocol.replace(':', '')
  const [major = '0', minor = '0', patch = '0'] = server.version.split('.')
  return {
    CI_SERVER: 'yes',
    CI_SERVER_NAME: 'GitLab',
    CI_SERVER_URL: server.url,
    CI_SERVER_HOST: url.hostname,
    CI_SERVER_FQDN: url.host,
    CI_SERVER_PORT: url.port || (protocol === 'https' ? '443' : '80'),
    CI_SERVER_PROTOCOL: protocol,
    CI_SERVER_VERSION: server.version,
    CI_SERVER_VERSION_MAJOR: major,
    CI_SERVER_VERSION_MINOR: minor,
    CI_SERVER_VERSION_PATCH: patch,
    CI_TEMPLATE_REGISTRY_HOST: 'registry.gitlab.com',
  }
}

function projectVariables({ project }: PipelineContext): Record<string, string> {
  const namespace = project.path.split('/').slice(0, -1)
  return {
    CI_PROJECT_ID: String(project.id),
    CI_PROJECT_NAME: project.name,
    CI_PROJECT_TITLE: project.name,
    CI_PROJECT_PATH: project.path,
    CI_PROJECT_PATH_SLUG: slug(project.path),
    CI_PROJECT_NAMESPACE: namespace.join('/'),
    CI_PROJECT_NAMESPACE_SLUG: slug(namespace.join('/')),
    CI_PROJECT_ROOT_NAMESPACE: namespace[0] ?? '',
    CI_PROJECT_URL: project.url,
    CI_PROJECT_VISIBILITY: project.visibility,
    CI_DEFAULT_BRANCH: project.defaultBranch,
  }
}

/** By the name that registries of GitLab usually have. Whoever sets CI_REGISTRY sets the name of the image with it. */
function registryVariables({ server, project }: PipelineContext): readonly OriginVariable[] {
  return [
    ...predefined({ CI_REGISTRY: `registry.${new URL(server.url).hostname}` }),
    variable('predefined', 'CI_REGISTRY_IMAGE', `$CI_REGISTRY/${project.path.toLowerCase()}`),
  ]
}

/** A tag's pipeline has no branch, and neither has that of a merge request. */
function commitVariables({ commit, ref, event }: PipelineContext): Record<string, string | undefined> {
  const [title = '', ...rest] = commit.message.trimEnd().split('\n')
  const isBranch = ref.kind === 'branch' && event !== 'merge_request'
  return {
    CI_COMMIT_SHA: commit.sha,
    CI_COMMIT_SHORT_SHA: commit.sha.slice(0, 8),
    CI_COMMIT_BEFORE_SHA: commit.beforeSha,
    CI_COMMIT_TITLE: title,
    CI_COMMIT_MESSAGE: commit.message,
    CI_COMMIT_DESCRIPTION: rest.join('\n').trim(),
    CI_COMMIT_AUTHOR: commit.author,
    CI_COMMIT_TIMESTAMP: commit.timestamp,
    CI_COMMIT_REF_NAME: ref.name,
    CI_COMMIT_REF_SLUG: slug(ref.name),
    CI_COMMIT_REF_PROTECTED: String(ref.isProtected),
    CI_COMMIT_BRANCH: isBranch ? ref.name : undefined,
    CI_COMMIT_TAG: ref.kind === 'tag' ? ref.name : undefined,
    CI_COMMIT_TAG_MESSAGE: ref.kind === 'tag' ? ref.tagMessage : undefined,
  }
}

function mergeRequestVariables({ mergeRequest, project, ref }: PipelineContext): Record<string, string> {
  if (mergeRequest === undefined) return {}
  return {
    CI_MERGE_REQUEST_ID: String(mergeRequest.id),
    CI_MERGE_REQUEST_IID: String(mergeRequest.iid),
    CI_MERGE_REQUEST_TITLE: mergeRequest.title,
    CI_MERGE_REQUEST_EVENT_TYPE: 'detached',
    CI_MERGE_REQUEST_REF_PATH: `refs/merge-requests/${mergeRequest.iid}/head`,
    CI_MERGE_REQUEST_PROJECT_ID: String(project.id),
    CI_MERGE_REQUEST_PROJECT_PATH: project.path,
    CI_MERGE_REQUEST_PROJECT_URL: project.url,
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: mergeRequest.sourceBranch,
    CI_MERGE_REQUEST_SOURCE_BRANCH_PROTECTED: String(ref.isProtected),
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: String(project.id),
    CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: project.path,
    CI_MERGE_REQUEST_SOURCE_PROJECT_URL: project.url,
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: mergeRequest.targetBranch,
    CI_MERGE_REQUEST_DIFF_BASE_SHA: mergeRequest.diffBaseSha,
    CI_OPEN_MERGE_REQUESTS: `${project.path}!${mergeRequest.iid}`,
  }
}
