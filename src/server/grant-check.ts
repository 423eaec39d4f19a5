import { OciError } from '../oci/errors.ts'
import { compileGlob } from '../oci/glob.ts'
import type { Repository } from '../oci/reference.ts'
import type { Admission } from './door-keeper.ts'

/** Compiled once per credential; they are replaced when they change. */
type Globs = readonly ((name: string) => boolean)[]

/** Whether those who were let in may pull a repository: what their group may use, and their credential. */
export class GrantCheck {
  readonly #globs = new WeakMap<NonNullable<Admission['credential']>, Globs>()

  /** @throws OciError DENIED */
  demand({ group, credential }: Admission, upstream: string, repository: Repository): void {
    const name = `${upstream}/${repository}`
    if (!group.mayUse(name)) {
      throw new OciError(
        'DENIED',
        `${name} is not among the repositories that the group ${group.path} may use`,
      )
    }
    if (credential === undefined || credential.repositories.length === 0) return
    if (this.#globsOf(credential).some((matches) => matches(name))) return
    throw new OciError('DENIED', `${name} is not among the repositories of these credentials`)
  }

  #globsOf(credential: NonNullable<Admission['credential']>): Globs {
    let globs = this.#globs.get(credential)
    if (globs === undefined) {
      globs = credential.repositories.map(compileGlob)
      this.#globs.set(credential, globs)
    }
    return globs
  }
}
