import type { TraceWriter } from '../executor.ts'
import type { Containers } from './containers.ts'
import { Demultiplexer } from './demultiplex.ts'
import { LineCutter } from './line-cutter.ts'

export interface ServiceFollow {
  readonly containers: Containers
  readonly containerId: string
  readonly aliases: readonly string[]
  readonly trace: TraceWriter
  /** Nothing is written from then on. */
  readonly until: AbortSignal
}

const GREY = '\x1b[0;90m'

/** Shows what a service writes in the log of its job, line by line, until it ends. Never throws. */
export async function followService(follow: ServiceFollow): Promise<void> {
  const { containers, containerId, aliases, trace, until } = follow
  const name = `[service:${aliases.join('-')}]`
  const tell = (line: string) => {
    if (!until.aborted) trace.line(`${GREY}${name} ${line}`)
  }
  const outputs = { stdout: new LineCutter(tell), stderr: new LineCutter(tell) }
  const frames = new Demultiplexer((chunk, stream) => outputs[stream].push(chunk))
  try {
    const stream = await containers.follow(containerId, { signal: until })
    const close = () => stream.destroy()
    until.addEventListener('abort', close, { once: true })
    try {
      for await (const chunk of stream) frames.push(chunk)
    } finally {
      until.removeEventListener('abort', close)
      stream.destroy()
    }
  } catch (error) {
    tell(`its log cannot be followed any more: ${(error as Error).message}`)
  }
  for (const output of Object.values(outputs)) output.end()
}
