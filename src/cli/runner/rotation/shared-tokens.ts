import { SUPPORTED_EXECUTOR } from '../../../executor/config/complete-runner.ts'
import { coordinatorApiUrl } from '../../../runner/protocol/coordinator-url.ts'
import type { RegisteredSettings } from '../runner-file.ts'

/** A token of one server, and all `[[runners]]` that have it: with the token of one, those of the others end. */
export interface SharedToken {
  /** Of the token at its server. Secret. */
  readonly key: string
  /** At least one; the first is asked for its certificates. */
  readonly runners: readonly [RegisteredSettings, ...RegisteredSettings[]]
}

/** The tokens that jobs are asked for with here, in the order of the file. */
export function sharedTokens(runners: readonly RegisteredSettings[]): readonly SharedToken[] {
  const byKey = new Map<string, [RegisteredSettings, ...RegisteredSettings[]]>()
  for (const runner of runners) {
    const key = tokenKey(runner)
    const found = byKey.get(key)
    if (found === undefined) byKey.set(key, [runner])
    else found.push(runner)
  }
  return [...byKey]
    .filter(([, all]) => all.some(({ executor }) => executor === SUPPORTED_EXECUTOR))
    .map(([key, all]) => ({ key, runners: all }))
}

/** @returns the same for all addresses of one server, however they are written */
export function tokenKey({ url, token }: Pick<RegisteredSettings, 'url' | 'token'>): string {
  return `${URL.canParse(url) ? coordinatorApiUrl(url).href : url} ${token}`
}
