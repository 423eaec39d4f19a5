import type { JsonObject } from '../oci/descriptor.ts'
import type { Digest } from '../oci/digest.ts'
import { bareMediaType, OCI_INDEX } from '../oci/media-types.ts'
import { readReferrers } from '../oci/referrers.ts'
import { type Call, callError } from './call.ts'
import { abandonBody, discardBody } from './discard-body.ts'
import type { UpstreamError } from './errors.ts'
import { readPages } from './list-pages.ts'
import type { RegistryReply } from './registry-client.ts'
import { headerOf } from './reply-headers.ts'
import { readTagsPage } from './tags-page.ts'
import type { FetchedTags } from './upstream.ts'

/** What lists need of the registry that is called. */
export interface ListSource {
  /** @param path below the repository. @param query without a question mark; `''` for none */
  get(path: string, accept: string, query: string): Promise<RegistryReply>
  failed(reply: RegistryReply): Promise<UpstreamError>
}

/** Fewer pages than most registries would make of a list by themselves. */
const FIRST_TAGS = 'n=1000'

export async function fetchTagPages(call: Call, source: ListSource): Promise<FetchedTags> {
  const send = async (query: string): Promise<RegistryReply> => {
    const reply = await source.get('/tags/list', 'application/json', query)
    if (reply.status === 200) return reply
    // Some refuse to be asked for so many at once; without a number they decide themselves.
    if (reply.status !== 400 || query !== FIRST_TAGS) throw await source.failed(reply)
    discardBody(reply.body)
    return send('')
  }
  const { items, isWhole } = await readPages(call, { send, first: FIRST_TAGS, read: readTagsPage })
  return { tags: items, isWhole }
}

export async function fetchReferrerPages(
  call: Call,
  subject: Digest,
  source: ListSource,
): Promise<readonly JsonObject[]> {
  const send = async (query: string): Promise<RegistryReply> => {
    const reply = await source.get(`/referrers/${subject}`, OCI_INDEX, query)
    if (reply.status !== 200) throw await source.failed(reply)
    if (bareMediaType(headerOf(reply.headers, 'content-type')) === OCI_INDEX) return reply
    // A registry without this API may take it for something else.
    abandonBody(reply.body)
    throw callError(call, 'not-found', 'answered with something that is no index')
  }
  const { items, isWhole } = await readPages(call, { send, first: '', read: readReferrers })
  if (!isWhole) throw callError(call, 'invalid', 'has more than can be listed')
  return items
}
