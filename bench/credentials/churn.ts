import { setTimeout as sleep } from 'node:timers/promises'
import { type Dispatcher, request } from 'undici'
import { LoadFailed } from '../load/load-failed.ts'

const LANES = 8

export interface ChurnPlace {
  /** Of the server. */
  readonly url: string
  /** Path of what each credential is used for. */
  readonly path: string
  readonly accept: string
  readonly group: string
  /** Secret of a token that may mint for the group. */
  readonly runner: string
}

/**
 * Mints credentials of jobs over the API, pulls with each of them once as clients do, by a token, and revokes them:
 * one after the other at an even pace, on eight lanes where one takes longer.
 * @param overMs how long all of them take at that pace
 */
export async function churn(place: ChurnPlace, credentials: number, overMs: number): Promise<void> {
  const beganAt = performance.now()
  let begun = 0
  const lane = async (): Promise<void> => {
    while (begun < credentials) {
      const dueMs = (begun * overMs) / credentials
      begun += 1
      await sleep(Math.max(0, beganAt + dueMs - performance.now()))
      await comeAndGo(place)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

async function comeAndGo({ url, path, accept, group, runner }: ChurnPlace): Promise<void> {
  const api = `${url}/api/v1/job-credentials`
  const headers = { authorization: `Bearer ${runner}`, 'content-type': 'application/json' }
  const minted = (await ask(api, {
    method: 'POST',
    headers,
    body: JSON.stringify({ group, ttl: '1h' }),
  })) as {
    readonly id: string
    readonly variables: Readonly<Record<string, string>>
  }
  const login = `gitlab-ci-token:${minted.variables.CI_DEPENDENCY_PROXY_PASSWORD}`
  const basic = { authorization: `Basic ${Buffer.from(login).toString('base64')}` }
  const { token } = (await ask(`${url}/jwt/auth?service=dependency_proxy`, { headers: basic })) as {
    readonly token: string
  }
  await ask(`${url}${path}`, { headers: { accept, authorization: `Bearer ${token}` } })
  await ask(`${api}/${minted.id}`, { method: 'DELETE', headers: { authorization: `Bearer ${runner}` } })
}

/** By `request`: `fetch` takes more of the processor, which is the server's. */
async function ask(
  url: string,
  options: {
    readonly method?: Dispatcher.HttpMethod
    readonly headers: Record<string, string>
    body?: string
  },
): Promise<unknown> {
  const { statusCode, body } = await request(url, { ...options, signal: AbortSignal.timeout(30_000) })
  const text = await body.text()
  if (statusCode >= 300) throw new LoadFailed(`${options.method ?? 'GET'} ${url}: ${statusCode}: ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}
