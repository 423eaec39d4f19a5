import { completeDocker } from './complete-docker.ts'
import { readVariable } from './config-variable.ts'
import type { RunnerDraft } from './runner-schema.ts'
import type { RunnerSettings } from './runner-settings.ts'

const DEFAULT_OUTPUT_LIMIT_KB = 4096

/** @param dockerHost where the engine is, when the file does not say it */
export function completeRunner(draft: RunnerDraft, dockerHost: string): RunnerSettings {
  const { entrepot = {} } = draft
  return {
    name: draft.name ?? '',
    url: draft.url || undefined,
    token: draft.token || undefined,
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
    featureFlags: new Map(Object.entries(draft.feature_flags ?? {})),
    docker: completeDocker(draft.docker ?? {}, dockerHost),
    proxy: {
      url: entrepot.proxy || undefined,
      tokenFile: entrepot.token_file || undefined,
      group: entrepot.group || undefined,
      engineAddress: entrepot.engine_address || undefined,
      jobAddress: entrepot.job_address || undefined,
    },
  }
}
