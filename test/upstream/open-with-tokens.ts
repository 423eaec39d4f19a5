import { parseRepository } from '../../src/oci/reference.ts'
import type { UpstreamCredential } from '../../src/upstream/upstream.ts'
import type { TokenServerOptions } from '../support/scripted-upstream.ts'
import { app, openUpstream, refer } from './open-upstream.ts'

export const other = parseRepository('library/other')
const latest = refer('latest')

/** A registry with a token server that knows alice, and two images. */
export async function openWithTokens(tokens: TokenServerOptions = {}) {
  const users = { alice: 'secret' }
  const open = await openUpstream({ scripted: { auth: { kind: 'bearer' }, tokens: { users, ...tokens } } })
  open.scripted.addImage(app)
  open.scripted.addImage(other)
  const ask = (repository = app, credential?: UpstreamCredential) =>
    open.upstream.resolve(repository, latest, { credential })
  /** How many requests the registry and the token server have seen since the last look. */
  const seen = () => {
    const counts = { registry: open.scripted.count(), tokens: open.scripted.tokens.requests.length }
    open.scripted.log.clear()
    open.scripted.tokens.log.clear()
    return counts
  }
  return { ...open, ask, seen }
}
