import { type ProbeReply, probe, probeTrouble } from './http-probe.ts'

/** The engine asks a registry, which may ask an upstream. */
const REACH_DEADLINE_MS = 30_000
const PULL_DEADLINE_MS = 10 * 60_000
const ABSENT = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR'])

export class EngineUnreachable extends Error {
  override readonly name = 'EngineUnreachable'
  /** `absent`: nobody listens. `refused`: somebody does, and does not let us in or does not answer. */
  readonly code: 'absent' | 'refused'

  constructor(code: 'absent' | 'refused', message: string, cause: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export interface EngineInfo {
  readonly version: string
  /** URLs. */
  readonly mirrors: readonly string[]
}

export type EngineReach =
  | { readonly answer: 'open' }
  | { readonly answer: 'credentials' }
  | { readonly answer: 'none'; readonly message: string }

interface InfoJson {
  readonly ServerVersion?: string
  readonly RegistryConfig?: {
    readonly Mirrors?: readonly string[] | null
  }
}

const QUOTED_401 = /: unauthorized: |401 Unauthorized/

/** The few questions that we have for a Docker Engine, over its socket (Docker Engine API, v1.24 and later). */
export class EngineClient {
  readonly socketPath: string

  constructor(socketPath: string) {
    this.socketPath = socketPath
  }

  /** @throws EngineUnreachable */
  async info(): Promise<EngineInfo> {
    const { status, body } = await this.#ask('/info')
    if (status !== 200)
      throw new EngineUnreachable('refused', `the engine answers /info with ${status}`, undefined)
    const { ServerVersion = 'unknown', RegistryConfig = {} } = JSON.parse(body) as InfoJson
    return { version: ServerVersion, mirrors: RegistryConfig.Mirrors ?? [] }
  }

  /**
   * Has the engine look for /v2/ of a registry, from where it is: it does so to check a login. Nobody's password
   * is sent, and nothing is kept.
   * @throws EngineUnreachable
   */
  async reach(registry: string): Promise<EngineReach> {
    const login = { username: 'entrepot-doctor', password: 'none', serveraddress: registry }
    const { status, body } = await this.#ask('/auth', {
      method: 'POST',
      body: login,
      deadlineMs: REACH_DEADLINE_MS,
    })
    if (status === 200 || status === 204) return { answer: 'open' }
    const message = messageOf(body)
    // Engine 20.10 hides the 401 of a registry in a 500 of its own, and quotes what it said.
    if (status === 401 || QUOTED_401.test(message)) return { answer: 'credentials' }
    return { answer: 'none', message }
  }

  /**
   * @returns what kept it from pulling
   * @throws EngineUnreachable
   */
  async pull(reference: string): Promise<string | undefined> {
    const query = new URLSearchParams({ fromImage: reference })
    const options = { method: 'POST', deadlineMs: PULL_DEADLINE_MS } as const
    const { status, body } = await this.#ask(`/images/create?${query}`, options)
    if (status !== 200) return messageOf(body)
    // Progress, one object per line; an error that comes after the head is the last of them.
    const last = JSON.parse(body.trim().split('\n').at(-1) ?? '{}') as { readonly error?: string }
    return last.error
  }

  async #ask(path: string, options: Parameters<typeof probe>[1] = {}): Promise<ProbeReply> {
    try {
      return await probe(new URL(path, 'http://docker'), { ...options, socketPath: this.socketPath })
    } catch (error) {
      const code = ABSENT.has((error as NodeJS.ErrnoException).code ?? '') ? 'absent' : 'refused'
      throw new EngineUnreachable(
        code,
        `the engine at ${this.socketPath} cannot be asked: ${probeTrouble(error)}`,
        error,
      )
    }
  }
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { readonly message?: string }).message ?? body
  } catch {
    return body
  }
}
