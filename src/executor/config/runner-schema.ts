import * as z from 'zod'
import { dockerSchema } from './docker-schema.ts'
import { metricsAddress } from './metrics-address.ts'
import { LOG_FORMATS, LOG_LEVELS } from './runner-settings.ts'
import { parseStageTimeout } from './stage-timeout.ts'
import { flag, integer, moment, parsed, text } from './toml-values.ts'

const address = text.refine((value) => /^(\[[0-9a-fA-F:]+\]|[a-zA-Z0-9_.-]+):\d{1,5}$/.test(value), {
  error: 'expected HOST:PORT',
})

const httpUrl = text.refine((value) => /^https?:\/\/[^/@]+\/?$/.test(value) && URL.canParse(value), {
  error: 'expected a URL such as http://cache.example:5000, without a path or a password',
})

const cloneUrl = text.refine(
  (value) => value === '' || (/^(https?|ssh):\/\//.test(value) && URL.canParse(value)),
  {
    error: 'expected a URL such as http://gitlab.internal:8080 or ssh://git@gitlab.internal',
  },
)

const script = text.optional()

const stageTimeout = parsed(parseStageTimeout, 'a time such as "30s" or "1h30m"')

const count = integer.min(0, { error: 'expected a number of jobs, or 0 for no limit' })

/** `[[runners]]`. */
export const runnerSchema = z.object({
  name: text.optional(),
  url: text.optional(),
  id: integer.optional(),
  token: text.optional(),
  token_obtained_at: moment.optional(),
  token_expires_at: moment.optional(),
  clone_url: cloneUrl.optional(),
  executor: text.optional(),
  'tls-ca-file': text.optional(),
  'tls-cert-file': text.optional(),
  'tls-key-file': text.optional(),
  limit: count.optional(),
  request_concurrency: count.optional(),
  builds_dir: text.optional(),
  cache_dir: text.optional(),
  environment: z
    .array(
      text.refine((line) => /^[^=]+=/.test(line), { error: 'expected "KEY=value"' }),
      { error: 'expected a list of texts' },
    )
    .optional(),
  output_limit: integer.min(1, { error: 'expected a number of kilobytes' }).optional(),
  pre_get_sources_script: script,
  pre_clone_script: script,
  post_get_sources_script: script,
  post_clone_script: script,
  pre_build_script: script,
  post_build_script: script,
  debug_trace_disabled: flag.optional(),
  prepare_timeout: stageTimeout.optional(),
  get_sources_timeout: stageTimeout.optional(),
  custom_build_dir: z.object({ enabled: flag.optional() }, { error: 'expected a table' }).optional(),
  feature_flags: z.record(z.string(), flag, { error: 'expected a table of true and false' }).optional(),
  docker: dockerSchema.optional(),
  entrepot: z
    .object({
      proxy: httpUrl.optional(),
      token_file: text.optional(),
      group: text.optional(),
      engine_address: address.optional(),
      job_address: address.optional(),
      override_dependency_proxy: flag.optional(),
    })
    .optional(),
})

/** The whole file. Of the numbers, 0 and less are as if absent, as GitLab Runner writes them. */
export const fileSchema = z.object({
  concurrent: integer.min(1, { error: 'expected at least 1 job at a time' }).optional(),
  check_interval: integer.optional(),
  shutdown_timeout: integer.optional(),
  log_level: z.enum(LOG_LEVELS, { error: `expected ${LOG_LEVELS.join(', ')}` }).optional(),
  log_format: z.enum(LOG_FORMATS, { error: `expected ${LOG_FORMATS.join(', ')}` }).optional(),
  listen_address: parsed(metricsAddress, 'HOST:PORT, :PORT or HOST').optional(),
  runners: z.array(runnerSchema).optional(),
})

export type RunnerDraft = z.output<typeof runnerSchema>
export type FileDraft = z.output<typeof fileSchema>
