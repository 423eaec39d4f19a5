import { execFile } from 'node:child_process'
import { CredentialSourceError } from './errors.ts'
import { loginIn, readHelperReply } from './helper-reply.ts'
import type { RegistryLogin } from './registry-login.ts'

/** What helper programs run with. */
export interface HelperEnvironment {
  /** All of it: helpers look for their own settings there. Programs are looked for in its PATH. */
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs?: number
}

/** Some ask a cloud for a token. */
const DEFAULT_TIMEOUT_MS = 30_000
const MAX_OUTPUT_BYTES = 1024 * 1024
/** What helpers say, on standard output, about a registry that they have nothing for. */
const NOT_FOUND = /credentials not found/i

/**
 * A program `docker-credential-NAME`, by the protocol of docker/docker-credential-helpers: a verb as argument, a
 * registry on standard input, JSON on standard output. What it says is never repeated: it may hold secrets.
 */
export class CredentialHelper {
  readonly #name: string
  readonly #environment: HelperEnvironment

  /** @throws CredentialSourceError CREDENTIAL_HELPER_REFUSED */
  constructor(name: string, environment: HelperEnvironment) {
    if (/[/\\\0]/.test(name)) {
      const message = `the credential helper "${name}" has a path in its name: path traversal is not allowed`
      throw new CredentialSourceError('CREDENTIAL_HELPER_REFUSED', message)
    }
    this.#name = name
    this.#environment = environment
  }

  /**
   * The registries that the helper has logins for.
   * @throws CredentialSourceError CREDENTIAL_HELPER_FAILED
   */
  async list(): Promise<readonly string[]> {
    const { output, hasFailed } = await this.#run('list', '')
    if (hasFailed) throw this.#failed('list')
    return Object.keys(this.#parse('list', output))
  }

  /**
   * Undefined: it has none for this registry.
   * @throws CredentialSourceError CREDENTIAL_HELPER_FAILED
   */
  async get(registry: string): Promise<RegistryLogin | undefined> {
    const { output, hasFailed } = await this.#run('get', registry)
    if (hasFailed) {
      if (NOT_FOUND.test(output)) return undefined
      throw this.#failed(`get for ${registry}`)
    }
    return loginIn(this.#parse('get', output))
  }

  #run(verb: string, input: string): Promise<{ readonly output: string; readonly hasFailed: boolean }> {
    const program = `docker-credential-${this.#name}`
    const timeoutMs = this.#environment.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const options = {
      env: this.#environment.env,
      timeout: timeoutMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: MAX_OUTPUT_BYTES,
      encoding: 'utf8' as const,
    }
    return new Promise((resolve, reject) => {
      const child = execFile(program, [verb], options, (error, output) => {
        if (error === null) return resolve({ output, hasFailed: false })
        if (error.code === 'ENOENT') return reject(this.#trouble(`is not in PATH: install ${program}`))
        if (error.killed === true) return reject(this.#trouble(`did not answer within ${timeoutMs} ms`))
        if (typeof error.code !== 'number') return reject(this.#trouble(`cannot be run (${error.code})`))
        resolve({ output, hasFailed: true })
      })
      // A helper that fails may end before it has read which registry is meant.
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(input)
    })
  }

  #parse(verb: string, output: string): Readonly<Record<string, unknown>> {
    const reply = readHelperReply(output)
    if (reply !== undefined) return reply
    throw this.#trouble(`answered ${verb} with something else than a JSON object`)
  }

  #failed(what: string): CredentialSourceError {
    return this.#trouble(`failed at ${what}: run docker-credential-${this.#name} by hand to see why`)
  }

  #trouble(what: string): CredentialSourceError {
    return new CredentialSourceError(
      'CREDENTIAL_HELPER_FAILED',
      `the credential helper "${this.#name}" ${what}`,
    )
  }
}
