import type { OpenedProxy } from '../run/open-proxy.ts'

interface Shared {
  users: number
  readonly opening: Promise<OpenedProxy>
}

/** Proxies that several runners use: one for all that say the same of it, until the last of them is closed. */
export class SharedProxies {
  readonly #shared = new Map<string, Shared>()

  /**
   * @param key the same for those who would open the same
   * @returns what is the caller's to close, once
   * @throws what `open` throws
   */
  async acquire(key: string, open: () => Promise<OpenedProxy>): Promise<OpenedProxy> {
    const shared = this.#shared.get(key) ?? { users: 0, opening: open() }
    this.#shared.set(key, shared)
    shared.users += 1
    try {
      const opened = await shared.opening
      // Whoever comes later gets another.
      opened.lost.addEventListener('abort', () => this.#forget(key, shared), { once: true })
      return { ...opened, close: () => this.#release(key, shared) }
    } catch (error) {
      this.#forget(key, shared)
      throw error
    }
  }

  async #release(key: string, shared: Shared): Promise<void> {
    shared.users -= 1
    if (shared.users > 0) return
    this.#forget(key, shared)
    await (await shared.opening).close()
  }

  #forget(key: string, shared: Shared): void {
    if (this.#shared.get(key) === shared) this.#shared.delete(key)
  }
}
