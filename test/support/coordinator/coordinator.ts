import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TestCertificate } from '../tls/certificate.ts'
import { type ArtifactRules, receiveArtifact, sendArtifact, sendStored } from './artifacts-endpoint.ts'
import { type Answer, type AskedCall, readJsonBody, refusal } from './exchange.ts'
import { JobQueue } from './job-queue.ts'
import type { JobRecord, JobScript } from './job-record.ts'
import { RunnerRegistry } from './runner-registry.ts'
import { patchTrace, type TraceRules } from './trace-endpoint.ts'
import { updateJob } from './update-endpoint.ts'

export interface CoordinatorOptions {
  readonly dialect?: 'gitlab' | 'alloy'
  /** Default 127.0.0.1, which a container cannot see. */
  readonly host?: string
  readonly tls?: TestCertificate & Pick<ServerOptions, 'ca' | 'requestCert'>
}

export interface CoordinatorFault {
  /** `PATCH jobs/4242/trace`, as method and path. */
  readonly at: RegExp
  readonly answer: Answer | 'disconnect'
  /** Absent: until it is taken out. */
  readonly times?: number
}

/**
 * A server that hands out jobs, over real sockets, as GitLab does it: it refuses what GitLab refuses. A test says
 * what jobs there are, and looks at what became of them.
 */
export class Coordinator implements AsyncDisposable {
  readonly runners: RunnerRegistry
  readonly queue: JobQueue
  /** May be changed while it runs. */
  trace: TraceRules
  /** May be changed while it runs. */
  artifacts: ArtifactRules = { maxBytes: 1024 * 1024, uploadTo: undefined, storageUrl: undefined }
  /** All that were asked, in order. */
  readonly calls: AskedCall[] = []
  readonly #server: Server
  readonly #scheme: 'http' | 'https'
  #faults: { readonly fault: CoordinatorFault; left: number }[] = []
  #listeners: (() => void)[] = []

  static async start({
    dialect = 'gitlab',
    host = '127.0.0.1',
    tls,
  }: CoordinatorOptions = {}): Promise<Coordinator> {
    const coordinator = new Coordinator(dialect === 'alloy', tls)
    coordinator.#server.listen(0, host)
    await once(coordinator.#server, 'listening')
    return coordinator
  }

  private constructor(isAlloy: boolean, tls: CoordinatorOptions['tls']) {
    this.runners = new RunnerRegistry(isAlloy)
    this.queue = new JobQueue(isAlloy)
    this.trace = { intervalSeconds: 3, maxTraceBytes: 100 * 1024 * 1024, isAlloy }
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response)
    this.#scheme = tls === undefined ? 'http' : 'https'
    this.#server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve)
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo
    return `${this.#scheme}://${address}:${port}`
  }

  addJob(script: JobScript = {}): JobRecord {
    return this.queue.add(script)
  }

  /** What a user does in the interface. A runner that ends gracefully is told `canceling` first. */
  cancel(job: JobRecord, status: 'canceling' | 'canceled' = 'canceling'): void {
    job.status = status
  }

  /** @returns takes it out */
  fault(fault: CoordinatorFault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY }
    this.#faults.push(entry)
    return () => {
      this.#faults = this.#faults.filter((other) => other !== entry)
    }
  }

  /** Of method and path. */
  callsTo(at: RegExp): readonly AskedCall[] {
    return this.calls.filter(({ method, path }) => at.test(`${method} ${path}`))
  }

  /** Resolves when it is so; looked at after every answer. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#listeners.push(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return
    }
    const url = new URL(request.url ?? '/', 'http://coordinator')
    const { headers, method = 'GET' } = request
    const bytes = Buffer.concat(chunks)
    const call: AskedCall = {
      method,
      path: url.pathname.replace(/^\/(api\/v4\/)?/, ''),
      query: url.searchParams,
      headers,
      bytes,
      json: readJsonBody(headers, bytes),
      signal: gone.signal,
    }
    this.calls.push(call)
    this.#tell()
    const answer = this.#fault(call) ?? (await this.#answer(call))
    if (answer === 'disconnect') request.socket.destroy()
    else response.writeHead(answer.status, { ...answer.headers }).end(answer.body)
    this.#tell()
  }

  #tell(): void {
    const listeners = this.#listeners
    this.#listeners = []
    for (const listener of listeners) listener()
  }

  #fault({ method, path }: AskedCall): Answer | 'disconnect' | undefined {
    const entry = this.#faults.find(({ fault, left }) => left > 0 && fault.at.test(`${method} ${path}`))
    if (entry === undefined) return undefined
    entry.left -= 1
    return entry.fault.answer
  }

  #answer(call: AskedCall): Answer | Promise<Answer> {
    const { method, path } = call
    switch (`${method} ${path}`) {
      case 'POST runners':
        return this.runners.register(call)
      case 'POST runners/verify':
        return this.runners.verify(call)
      case 'POST runners/reset_authentication_token':
        // Those that wait with the old token are told at once.
        this.queue.touch()
        return this.runners.resetToken(call)
      case 'DELETE runners':
      case 'DELETE runners/managers':
        return this.runners.remove(call)
      case 'POST jobs/request':
        return this.queue.request(call, () => this.runners.refusalFor(call.json.token))
    }
    const stored = /^storage\/(\d+)$/.exec(path)
    if (stored !== null) return sendStored(this.queue.find(Number(stored[1])), call)
    const [, id, noun = ''] = /^jobs\/(\d+)(?:\/(trace|artifacts))?$/.exec(path) ?? []
    const job = id === undefined ? undefined : this.queue.find(Number(id))
    if (id === undefined) return refusal(404, 'Not Found')
    const token = call.json.token ?? call.headers['job-token']
    // Not 404: a runner whose job was deleted has to end it.
    if (job === undefined || token !== job.token) return refusal(403, 'Forbidden')
    return this.#answerJob(job, noun, call)
  }

  #answerJob(job: JobRecord, noun: string, call: AskedCall): Answer {
    switch (`${call.method} ${noun}`) {
      case 'PUT ':
        return updateJob(job, call, this.trace)
      case 'PATCH trace':
        return patchTrace(job, call, this.trace)
      case 'POST artifacts':
        return receiveArtifact(job, call, this.artifacts)
      case 'GET artifacts':
        return sendArtifact(job, call, this.artifacts)
      default:
        return refusal(405, 'Not Allowed')
    }
  }
}
