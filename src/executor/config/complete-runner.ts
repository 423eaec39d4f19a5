import { completeDocker } from './complete-docker.ts'
import { readVariable } from './config-variable.ts'
import { type Environment, expandEnvironment } from './expand-environment.ts'
import type { RunnerDraft } from './runner-schema.ts'
import type { RunnerSettings } from './runner-settings.ts'

export const SUPPORTED_EXECUTOR = 'docker'

const DEFAULT_OUTPUT_LIMIT_KB = 4096

export interface CompleteOptions {
  /** Where the engine is, when the file does not say it. */
  readonly dockerHost: string
  readonly env: Environment
}

export function completeRunner(draft: RunnerDraft, { dockerHost, env }: CompleteOptions): RunnerSettings {
  const { entrepot = {} } = draft
  return {
    name: draft.name ?? '',
    url: expandEnvironment(draft.url ?? '', env) || undefined,
    id: draft.id || undefined,
    token: expandEnvironment(draft.token ?? '', env) || undefined,
    isTokenFromEnvironment: expandEnvironment(draft.token ?? '', env) !== (draft.token ?? ''),
    tokenObtainedAt: draft.token_obtained_at,
    tokenExpiresAt: draft.token_expires_at,
    executor: draft.executor || SUPPORTED_EXECUTOR,
    tls: {
      caFile: draft['tls-ca-file'] || undefined,
      certFile: draft['tls-cert-file'] || undefined,
      keyFile: draft['tls-key-file'] || undefined,
    },
    limit: draft.limit || undefined,
    requestConcurrency: draft.request_concurrency || 1,
    cloneUrl: draft.clone_url || undefined,
    buildsDir: draft.builds_dir || '/builds',
    cacheDir: draft.cache_dir || '/cache',
    environment: (draft.environment ?? []).map(readVariable),
    outputLimitBytes: (draft.output_limit ?? DEFAULT_OUTPUT_LIMIT_KB) * 1024,
    // The older names of the same.
    preGetSourcesScript: draft.pre_get_sources_script || draft.pre_clone_script || undefined,
    postGetSourcesScript: draft.post_get_sources_script || draft.post_clone_script || undefined,
    preBuildScript: draft.pre_build_script || undefined,
    postBuildScript: draft.post_build_script || undefined,
    isDebugTraceDisabled: draft.debug_trace_disabled ?? false,
    prepareTimeoutMs: draft.prepare_timeout || undefined,
    getSourcesTimeoutMs: draft.get_sources_timeout || undefined,
    isCustomBuildDirEnabled: draft.custom_build_dir?.enabled ?? true,
    featureFlags: new Map(Object.entries(draft.feature_flags ?? {})),
    docker: completeDocker(draft.docker ?? {}, dockerHost),
    proxy: {
      url: entrepot.proxy || undefined,
      tokenFile: entrepot.token_file || undefined,
      group: entrepot.group || undefined,
      engineAddress: entrepot.engine_address || undefined,
      jobAddress: entrepot.job_address || undefined,
      overrideDependencyProxy: entrepot.override_dependency_proxy,
    },
  }
}
