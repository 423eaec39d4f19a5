import * as z from 'zod'
import { PULL_POLICIES } from './job.ts'

/**
 * What servers send. Everything may be absent or null, lists may hold null: AlloyCI and old servers send
 * `"artifacts": [null]` and `"image": {"name": null}`. What we do not know is left out.
 */
const text = z
  .union([z.string(), z.number(), z.boolean()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? '' : String(value)))
const optionalText = text.transform((value) => (value === '' ? undefined : value))
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false)
const count = z.coerce
  .number()
  .nonnegative()
  .nullish()
  .transform((value) => value ?? 0)

function list<Item extends z.ZodType>(item: Item) {
  return z
    .array(item.nullish())
    .nullish()
    .transform((items) => (items ?? []).filter((entry) => entry !== null && entry !== undefined))
}

function record<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .object(shape)
    .nullish()
    .transform((value) => value ?? undefined)
}

/** One of several words; what is no such word is as if it were absent. */
function oneOf<const Word extends string>(words: readonly Word[], otherwise: Word) {
  return text.transform((value) => words.find((word) => word === value) ?? otherwise)
}

const when = oneOf(['on_success', 'on_failure', 'always'], 'on_success')

const variable = z.object({
  key: z.string().min(1),
  value: text,
  public: flag,
  masked: flag,
  raw: flag,
  file: flag,
})

const command = z
  .union([z.array(text), z.string().transform((word) => [word])])
  .nullish()
  .transform((words) => (words?.length ? words : undefined))

const pullPolicies = z
  .union([z.enum(PULL_POLICIES).transform((policy) => [policy]), list(z.enum(PULL_POLICIES))])
  .nullish()
  .transform((policies) => policies ?? [])

const image = {
  name: text,
  entrypoint: command,
  pull_policy: pullPolicies,
  executor_opts: z
    .record(z.string(), z.record(z.string(), z.unknown()).nullish())
    .nullish()
    .transform((options) => options ?? {}),
}

const script = list(text)

export const payloadSchema = z.object({
  id: count,
  token: text,
  allow_git_fetch: flag,
  job_info: record({
    name: text,
    stage: text,
    project_id: count,
    project_name: text,
    project_full_path: optionalText,
    pipeline_id: count,
  }),
  git_info: record({
    repo_url: text,
    repo_object_format: oneOf(['sha1', 'sha256'], 'sha1'),
    ref: text,
    ref_type: oneOf(['branch', 'tag'], 'branch'),
    sha: text,
    before_sha: text,
    refspecs: list(z.string()),
    depth: count,
    protected: flag,
  }),
  runner_info: record({ timeout: count }),
  variables: list(variable),
  steps: list(z.object({ name: text, script, timeout: count, when, allow_failure: flag })),
  hooks: list(z.object({ name: text, script })),
  image: record(image),
  services: list(z.object({ ...image, alias: optionalText, command, variables: list(variable) })),
  artifacts: list(
    z.object({
      name: optionalText,
      paths: list(text),
      exclude: list(text),
      untracked: flag,
      when,
      expire_in: optionalText,
      artifact_type: optionalText,
      artifact_format: oneOf(['zip', 'gzip', 'raw'], 'zip'),
    }),
  ),
  cache: list(
    z.object({
      key: text,
      fallback_keys: list(text),
      paths: list(text),
      untracked: flag,
      policy: optionalText,
      when,
    }),
  ),
  credentials: list(z.object({ type: text, url: text, username: text, password: text })),
  dependencies: list(
    z.object({ id: count, token: text, name: text, artifacts_file: record({ filename: text, size: count }) }),
  ),
  features: record({
    trace_sections: flag,
    token_mask_prefixes: list(z.string()),
    failure_reasons: list(z.string()),
  }),
})

export type Payload = z.infer<typeof payloadSchema>
export type PayloadVariable = z.infer<typeof variable>
export type PayloadImage = Payload['services'][number] | NonNullable<Payload['image']>
