import { join } from 'node:path'
import { ServerClient } from '../../src/cli/server-client.ts'
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts'
import { type RunningProxy, startProxy } from './start-proxy.ts'

/** A proxy with Docker Hub behind it, and somebody at its control socket. */
export interface Controlled extends AsyncDisposable {
  readonly upstream: ScriptedUpstream
  readonly proxy: RunningProxy
  readonly client: ServerClient
}

export async function startControlled(): Promise<Controlled> {
  const upstream = await startScriptedUpstream()
  const proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  const client = clientOf(proxy)
  return {
    upstream,
    proxy,
    client,
    [Symbol.asyncDispose]: async () => {
      await client.close()
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

/** The caller closes it. */
export function clientOf(proxy: RunningProxy): ServerClient {
  return new ServerClient(join(proxy.storagePath, 'control.sock'))
}
