/** A command about runners that cannot be done as it was said. */
export class RunnerRefused extends Error {
  override readonly name = 'RunnerRefused'
  readonly code = 'RUNNER_REFUSED'
}
