/** A project, or a job of it, that is asked for is not there. The message says what to do. */
export class ProjectRefused extends Error {
  override readonly name = 'ProjectRefused'
  readonly code = 'PROJECT_REFUSED'
}
