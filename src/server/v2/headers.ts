import type { Answered } from '../../cache/outcome.ts'
import { cacheStatus } from '../../cache/outcome.ts'
import type { Digest } from '../../oci/digest.ts'

/** Names and values in turn, as `writeHead` takes them: the fastest form, and the order is ours. */
export type HeaderList = string[]

export const API_VERSION: HeaderList = ['Docker-Distribution-Api-Version', 'registry/2.0']

export interface ContentHeaders {
  readonly digest: Digest
  readonly mediaType: string
  readonly answered: Answered
  /** From `?ns=`: the specification wants to hear it back. */
  readonly ns: string | undefined
}

export function etagOf(digest: Digest): string {
  return `"${digest}"`
}

/** The head that manifests and blobs share, without length and range. */
export function contentHeaders({ digest, mediaType, answered, ns }: ContentHeaders): HeaderList {
  return [
    'Content-Type',
    mediaType,
    'Docker-Content-Digest',
    digest,
    'ETag',
    etagOf(digest),
    ...answerHeaders(answered, ns),
  ]
}

/** What every good reply says of itself. */
export function answerHeaders(answered: Answered, ns: string | undefined): HeaderList {
  const headers = [...API_VERSION, 'Cache-Status', cacheStatus(answered), 'X-Content-Type-Options', 'nosniff']
  if (ns !== undefined) headers.push('OCI-Namespace', ns)
  if (answered.warning !== undefined) headers.push('Warning', warning(answered.warning))
  return headers
}

/** A miscellaneous persistent warning: containerd shows it to its user. Quoted-string, printable ASCII. */
function warning(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, "'")
  return `299 - "${printable.slice(0, 500)}"`
}
