import { startWith } from '../../test/support/real/cleanups.ts'
import { Forked } from '../load/forked.ts'
import type { CapOrder, CapReport } from './capped-process.ts'

export interface CappedUpstream extends AsyncDisposable {
  readonly url: string
}

/** The same upstream behind a line of limited speed, kept by a process of its own. */
export function capUpstream(url: string, bytesPerSecond: number): Promise<CappedUpstream> {
  return startWith(async (cleanups) => {
    const module = new URL('./capped-process.ts', import.meta.url)
    const relay = cleanups.use(await Forked.start<CapOrder, CapReport>(module))
    const { port } = await relay.ask({ targetPort: Number(new URL(url).port), bytesPerSecond })
    return {
      url: `http://127.0.0.1:${port}`,
      [Symbol.asyncDispose]: () => cleanups[Symbol.asyncDispose](),
    }
  })
}
