/** A load that got another answer than it asked for: its figure would be of something else. */
export class LoadFailed extends Error {
  override readonly name = 'LoadFailed'
  readonly code = 'LOAD_FAILED'
}
