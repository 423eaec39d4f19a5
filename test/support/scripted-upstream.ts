import { ScriptedUpstream, type ScriptedUpstreamOptions } from './scripted-upstream/server.ts'

export type {
  ImageSpec,
  Platform,
  ScriptedImage,
  StoredBlob,
  StoredManifest,
} from './scripted-upstream/content.ts'
export type { Fault, FaultRule } from './scripted-upstream/faults.ts'
export { type Gate, makeGate } from './scripted-upstream/gate.ts'
export type { LoggedRequest, RequestFilter } from './scripted-upstream/request-log.ts'
export type { ScriptedUpstream, ScriptedUpstreamOptions, UpstreamAuth } from './scripted-upstream/server.ts'
export { ScriptedTokenServer, type TokenServerOptions } from './scripted-upstream/tokens.ts'

/** Starts a scripted registry and its token server, each on a free loopback port. Dispose it when done. */
export async function startScriptedUpstream(
  options: ScriptedUpstreamOptions = {},
): Promise<ScriptedUpstream> {
  const upstream = new ScriptedUpstream(options)
  await upstream.tokens.start()
  await upstream.start()
  return upstream
}
