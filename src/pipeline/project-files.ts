/** The files of the project as jobs get them; paths are relative to it, with `/`, and never lead out of it. */
export interface ProjectFiles {
  /**
   * The text of a file; undefined when there is none.
   * @throws ProjectFileError it is there, but cannot be read as text of at most `maxBytes`
   */
  find(path: string, maxBytes: number): Promise<string | undefined>
  /** Every tracked file, and every untracked one that is not ignored. */
  list(): Promise<readonly string[]>
}

export class ProjectFileError extends Error {
  override readonly name = 'ProjectFileError'
  readonly code = 'PROJECT_FILE_UNREADABLE'
}
