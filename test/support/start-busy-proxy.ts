import { randomBytes } from 'node:crypto'
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts'
import { type RunningProxy, startProxy } from './start-proxy.ts'

export interface BusyProxy extends AsyncDisposable {
  readonly upstream: ScriptedUpstream
  readonly proxy: RunningProxy
}

/** A proxy that has something to tell of everything: pulls, downloads, and a limit that will be used up. */
export async function startBusyProxy(): Promise<BusyProxy> {
  const upstream = await startScriptedUpstream()
  const proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  const names = ['a', 'b', 'c']
  for (const [index, name] of names.entries()) {
    const image = upstream.addImage(`library/${name}`, { tags: ['1'], layers: [randomBytes(2_000)] })
    const set = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': `${60 - 10 * index};w=21600` }
    upstream.clearFaults()
    upstream.fault({ do: { kind: 'headers', set } })
    for (const path of ['manifests/1', `blobs/${image.layers[0]?.digest}`]) {
      const reply = await proxy.get(`/v2/library/${name}/${path}`)
      if (reply.status !== 200) throw new Error(`${name}/${path}: ${reply.status}`)
      await reply.arrayBuffer()
    }
    proxy.clock.advance(60_000)
  }
  return {
    upstream,
    proxy,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}
