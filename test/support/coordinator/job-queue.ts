import { type Answer, type AskedCall, isRecord, jsonAnswer } from './exchange.ts'
import { JobRecord, type JobScript } from './job-record.ts'

/** What jobs there are, and who waits for one. */
export class JobQueue {
  readonly #jobs = new Map<number, JobRecord>()
  readonly #isAlloy: boolean
  #nextId = 4242
  #version = 1
  #wake: () => void = () => {}
  #changed = this.#nextChange()
  #waiting = 0

  constructor(isAlloy: boolean) {
    this.#isAlloy = isAlloy
  }

  /** Runners that are held until there is something for them. */
  get waitingCount(): number {
    return this.#waiting
  }

  add(script: JobScript): JobRecord {
    const job = new JobRecord(this.#nextId++, script)
    this.#jobs.set(job.id, job)
    this.touch()
    return job
  }

  find(id: number): JobRecord | undefined {
    return this.#jobs.get(id)
  }

  /** Answers all that wait, as when the time for holding a request is over, or something has changed. */
  touch(): void {
    this.#version += 1
    const wake = this.#wake
    this.#changed = this.#nextChange()
    wake()
  }

  /**
   * POST jobs/request.
   * @param refused why the runner gets nothing; asked once more when the request was held
   */
  async request({ json, signal }: AskedCall, refused: () => Answer | undefined): Promise<Answer> {
    const before = refused()
    if (before !== undefined) return before
    const info = isRecord(json.info) ? json.info : {}
    const features = isRecord(info.features) ? info.features : {}
    // As the server in front does it: nothing has changed since this runner asked, so it waits.
    if (!this.#isAlloy && json.last_update === this.#lastUpdate) await this.#change(signal)
    const after = refused()
    if (after !== undefined) return after
    const job = [...this.#jobs.values()].find(
      ({ isAssigned, script }) =>
        !isAssigned && (script.needs ?? []).every((need) => features[need] === true),
    )
    if (job === undefined) {
      return {
        status: 204,
        headers: this.#isAlloy ? {} : { 'x-gitlab-last-update': this.#lastUpdate },
      }
    }
    job.isAssigned = true
    // A runner that does not say so after it got a job has it running at once.
    if (features.two_phase_job_commit !== true) job.status = 'running'
    return jsonAnswer(201, job.payload)
  }

  get #lastUpdate(): string {
    return `v${this.#version}`
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  async #change(signal: AbortSignal): Promise<void> {
    this.#waiting += 1
    try {
      const isGone = new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
      await Promise.race([this.#changed, isGone])
    } finally {
      this.#waiting -= 1
    }
  }
}
