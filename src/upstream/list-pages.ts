import { OciError } from '../oci/errors.ts'
import { nextLink } from '../oci/link.ts'
import { type Call, callError } from './call.ts'
import { readCallBody } from './call-body.ts'
import { abandonBody } from './discard-body.ts'
import type { RegistryReply } from './registry-client.ts'
import { isEncoded } from './reply-headers.ts'

/** All pages of one list together. */
export const MAX_LIST_BYTES = 4 * 1024 * 1024
const MAX_PAGES = 100

/** How the pages of one kind of list are asked for and read. */
export interface ListPages<T> {
  /** @param query without a question mark; `''` for none. A reply that is not 200 has become an UpstreamError. */
  send(query: string): Promise<RegistryReply>
  /** The query of the first page. */
  readonly first: string
  /** @throws OciError for what is no page of the list */
  read(bytes: Buffer): readonly T[]
}

export interface WholeList<T> {
  readonly items: readonly T[]
  /** False: there is more than we take, and these are its beginning. */
  readonly isWhole: boolean
}

/**
 * Reads a list page after page. Of what an upstream says of the next page only the query counts: it is asked of
 * the upstream itself, for the same list, wherever the link leads.
 */
export async function readPages<T>(call: Call, pages: ListPages<T>): Promise<WholeList<T>> {
  const items: T[] = []
  const asked = new Set<string>()
  let leftBytes = MAX_LIST_BYTES
  for (let query: string | undefined = pages.first; query !== undefined; ) {
    if (asked.size === MAX_PAGES) return { items, isWhole: false }
    if (asked.has(query)) throw callError(call, 'invalid', 'answered with a list that leads back to itself')
    asked.add(query)
    const { headers, body } = await pages.send(query)
    if (isEncoded(headers)) {
      abandonBody(body)
      throw callError(call, 'invalid', 'answered with a content-encoding, which was not asked for')
    }
    const bytes = await readCallBody(call, body, leftBytes)
    if (bytes === undefined) return { items, isWhole: false }
    leftBytes -= bytes.length
    for (const item of readPage(call, pages, bytes)) items.push(item)
    query = queryOf(nextLink(linkOf(headers.link)))
  }
  return { items, isWhole: true }
}

function readPage<T>(call: Call, pages: ListPages<T>, bytes: Buffer): readonly T[] {
  try {
    return pages.read(bytes)
  } catch (error) {
    if (!(error instanceof OciError)) throw error
    throw callError(call, 'invalid', `answered with something else (${error.message})`, error)
  }
}

function linkOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}

function queryOf(target: string | undefined): string | undefined {
  if (target === undefined) return undefined
  const at = target.indexOf('?')
  return at === -1 ? '' : target.slice(at + 1)
}
