import { digestOf } from '../../src/oci/digest.ts'

/** Digests by name, so that tables stay readable. */
export const DIGEST = digestOf(Buffer.from('content'))
export const OTHER_DIGEST = digestOf(Buffer.from('other content'))
export const DIGEST_512 = digestOf(Buffer.from('content'), 'sha512')
