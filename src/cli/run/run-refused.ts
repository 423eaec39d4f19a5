/** A job that cannot even begin: the engine or the proxy is unusable. The message names the setting. */
export class RunRefused extends Error {
  override readonly name = 'RunRefused'
  readonly code = 'RUN_REFUSED'
}
