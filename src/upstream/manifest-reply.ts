import type { IncomingHttpHeaders } from 'node:http'
import { algorithmOf, type Digest, digestOf, isDigest } from '../oci/digest.ts'
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts'
import { bareMediaType } from '../oci/media-types.ts'
import type { Reference } from '../oci/reference.ts'
import { contentLengthOf, headerOf, isEncoded } from './reply-headers.ts'
import type { FetchedManifest } from './upstream.ts'

const WEB_PAGE = /^(?:text\/html|application\/xhtml)/

/** `what` completes the sentence "the upstream answered with …". */
export interface ManifestTrouble {
  readonly code: 'invalid' | 'failed'
  readonly what: string
}

/** Docker-Content-Digest; undefined when absent or no digest that we know. */
export function saidDigest(headers: IncomingHttpHeaders): Digest | undefined {
  const text = headerOf(headers, 'docker-content-digest')?.trim() ?? ''
  return isDigest(text) ? text : undefined
}

/** Why a 200 is no manifest that we take, as far as its head tells. */
export function manifestHeadTrouble(headers: IncomingHttpHeaders): ManifestTrouble | undefined {
  const mediaType = bareMediaType(headerOf(headers, 'content-type'))
  // A login page, a captive portal, a directory listing: not a registry speaking.
  if (WEB_PAGE.test(mediaType)) return { code: 'failed', what: `a web page (${mediaType})` }
  if (isEncoded(headers)) {
    const encoding = headerOf(headers, 'content-encoding')
    return { code: 'invalid', what: `content-encoding ${encoding}, which was not asked for` }
  }
  const lengthBytes = contentLengthOf(headers) ?? 0
  if (lengthBytes > MAX_MANIFEST_BYTES) {
    return {
      code: 'invalid',
      what: `${lengthBytes} bytes, more than the ${MAX_MANIFEST_BYTES} of a manifest`,
    }
  }
  return undefined
}

/** Checks a manifest's bytes against what was asked and what the upstream said of them. */
export function readManifest(
  bytes: Buffer,
  headers: IncomingHttpHeaders,
  reference: Reference,
): FetchedManifest | { readonly trouble: ManifestTrouble } {
  const said = saidDigest(headers)
  if (reference.kind === 'digest') {
    const actual = digestOf(bytes, algorithmOf(reference.digest))
    if (actual !== reference.digest) return invalid(`bytes whose digest is ${actual}`)
  }
  if (said !== undefined) {
    const actual = digestOf(bytes, algorithmOf(said))
    if (actual !== said) return invalid(`Docker-Content-Digest ${said} and bytes whose digest is ${actual}`)
  }
  if (!beginsObject(bytes)) return { trouble: { code: 'failed', what: 'something that is not a manifest' } }
  const digest = reference.kind === 'digest' ? reference.digest : (said ?? digestOf(bytes))
  // Without a type the bytes have to say what they are, as with the type that says nothing.
  const mediaType = bareMediaType(headerOf(headers, 'content-type')) || 'application/json'
  return { digest, mediaType, bytes }
}

function invalid(what: string): { trouble: ManifestTrouble } {
  return { trouble: { code: 'invalid', what } }
}

function beginsObject(bytes: Buffer): boolean {
  return /^\s*\{/.test(bytes.subarray(0, 64).toString('latin1'))
}
