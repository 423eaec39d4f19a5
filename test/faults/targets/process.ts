import { Daemon } from '../../support/real/daemon.ts'

export interface TargetProcess {
  /** @param address where it is to listen; port 0 for the first start */
  readonly command: (address: string) => Promise<{ file: string; args: readonly string[] }>
  /** HOST:PORT, of the line that says that it listens. */
  readonly addressOf: (line: string) => string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
}

const STOP_TIMEOUT_MS = 40_000

/** One server process that is started again with the address that it got first. */
export class RestartedProcess {
  readonly #process: TargetProcess
  #address = '127.0.0.1:0'
  #daemon: Daemon | undefined

  constructor(process: TargetProcess) {
    this.#process = process
  }

  get address(): string {
    return this.#address
  }

  async start(): Promise<void> {
    const { command, addressOf, env, cwd } = this.#process
    const daemon = new Daemon({ ...(await command(this.#address)), env, cwd })
    this.#daemon = daemon
    const line = await daemon.waitForLine((text) => addressOf(text) !== undefined)
    this.#address = addressOf(line) ?? this.#address
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    const daemon = this.#daemon
    this.#daemon = undefined
    await daemon?.stop(signal, STOP_TIMEOUT_MS)
  }
}
