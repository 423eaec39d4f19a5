/** Undoes steps in reverse order; every step is tried, and the first failure is thrown at the end. */
export class Cleanups implements AsyncDisposable {
  #steps: (() => unknown)[] = []

  defer(step: () => unknown): void {
    this.#steps.push(step)
  }

  /** Hands a resource over: it is disposed with the others. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.defer(() => resource[Symbol.asyncDispose]())
    return resource
  }

  /** Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}

/** Runs a start sequence; when it fails, what it had begun is undone before the error is thrown. */
export async function startWith<T>(start: (cleanups: Cleanups) => Promise<T>): Promise<T> {
  const cleanups = new Cleanups()
  try {
    return await start(cleanups)
  } catch (error) {
    await cleanups[Symbol.asyncDispose]()
    throw error
  }
}
