import type { JobVariable } from '../job/job.ts'

/** `KEY=value`, as `environment` of config.toml has it. Services are told it too. */
export function readVariable(text: string): JobVariable {
  const at = text.indexOf('=')
  return {
    key: at === -1 ? text : text.slice(0, at),
    value: at === -1 ? '' : text.slice(at + 1),
    isPublic: true,
    isMasked: false,
    isRaw: false,
    isFile: false,
  }
}
