import { type Answer, type AskedCall, jsonAnswer, refusal, textOf } from './exchange.ts'

export const REGISTRATION_TOKEN = 's3cret-of-registration'

interface RegisteredRunner {
  readonly id: number
  token: string
  /** Made with a registration token: its settings came with the registration. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly managers: Set<string>
  isOrphaned: boolean
}

/** Who may ask for jobs. */
export class RunnerRegistry {
  /** Registration tokens are switched off. */
  isClosed = false
  /** When tokens end, by what the server says of them: ISO 8601. Null: never. */
  tokenExpiresAt: string | null = null
  readonly #runners = new Map<string, RegisteredRunner>()
  readonly #isAlloy: boolean

  constructor(isAlloy: boolean) {
    this.#isAlloy = isAlloy
  }

  /** A runner that was made in the user interface. */
  create(): string {
    return this.#add('glrt-s3cret-of-runner-', {}).token
  }

  /** Its project is gone. */
  orphan(token: string): void {
    const runner = this.#runners.get(token)
    if (runner !== undefined) runner.isOrphaned = true
  }

  has(token: string): boolean {
    return this.#runners.has(token)
  }

  settingsOf(token: string): Readonly<Record<string, unknown>> | undefined {
    return this.#runners.get(token)?.settings
  }

  /** @returns why this runner gets nothing */
  refusalFor(token: unknown): Answer | undefined {
    if (token === undefined) return missing('token')
    const runner = this.#runners.get(textOf(token))
    if (runner === undefined) return refusal(this.#isAlloy ? 401 : 403, 'Forbidden - Invalid token')
    return runner.isOrphaned ? refusal(422, 'Runner is orphaned') : undefined
  }

  /** POST runners. */
  register({ json }: AskedCall): Answer {
    if (this.isClosed) return refusal(410, 'Gone - Runner registration disallowed')
    if (json.token === undefined) return missing('token')
    if (json.token !== REGISTRATION_TOKEN) return refusal(403, 'Forbidden - Invalid token supplied')
    const { token: _, ...settings } = json
    const { id, token } = this.#add('s3cret-of-runner-', settings)
    return jsonAnswer(201, { id, token, token_expires_at: this.tokenExpiresAt })
  }

  /** POST runners/verify. */
  verify({ json }: AskedCall): Answer {
    const token = textOf(json.token)
    const refused = this.refusalFor(json.token)
    if (refused !== undefined) return refused
    const runner = this.#runners.get(token)
    runner?.managers.add(textOf(json.system_id))
    if (this.#isAlloy) return { status: 200 }
    return jsonAnswer(200, { id: runner?.id, token, token_expires_at: this.tokenExpiresAt })
  }

  /** POST runners/reset_authentication_token: the old one is no token any more. */
  resetToken({ json }: AskedCall): Answer {
    if (this.#isAlloy) return refusal(404, 'Not Found')
    const refused = this.refusalFor(json.token)
    if (refused !== undefined) return refused
    const old = textOf(json.token)
    const runner = this.#runners.get(old)
    if (runner === undefined) return refusal(403, 'Forbidden - Invalid token')
    this.#runners.delete(old)
    runner.token = `${old}-renewed`
    this.#runners.set(runner.token, runner)
    return jsonAnswer(201, { token: runner.token, token_expires_at: this.tokenExpiresAt })
  }

  /** DELETE runners, and DELETE runners/managers. */
  remove({ json, path }: AskedCall): Answer {
    if (json.token === undefined) return missing('token')
    if (path === 'runners/managers' && json.system_id === undefined) return missing('system_id')
    const token = textOf(json.token)
    const runner = this.#runners.get(token)
    if (runner === undefined) return refusal(403, 'Forbidden - Invalid token')
    if (path === 'runners') this.#runners.delete(token)
    else if (!runner.managers.delete(textOf(json.system_id))) return refusal(404, 'Runner manager not found')
    return { status: 204 }
  }

  #add(prefix: string, settings: Readonly<Record<string, unknown>>): RegisteredRunner {
    const id = this.#runners.size + 1
    const runner: RegisteredRunner = {
      id,
      token: `${prefix}${id}`,
      settings,
      managers: new Set(),
      isOrphaned: false,
    }
    this.#runners.set(runner.token, runner)
    return runner
  }
}

function missing(parameter: string): Answer {
  return refusal(400, `Bad request - ${parameter} is missing`)
}
