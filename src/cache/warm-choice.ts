import type { Platform } from '../oci/descriptor.ts'
import type { Digest } from '../oci/digest.ts'
import { MAX_INDEX_DEPTH, type Manifest, parseManifest, platformManifest } from '../oci/manifest.ts'
import { bareMediaType, isIndexMediaType, manifestKindOf } from '../oci/media-types.ts'
import { formatPlatform } from '../oci/platform.ts'

/** Platforms of an index that are wanted; `all` takes what is no platform too, such as attestations. */
export type WantedPlatforms = readonly Platform[] | 'all'

export interface WarmChoice {
  /** To be looked into next. */
  readonly manifests: readonly Digest[]
  readonly blobs: readonly { readonly digest: Digest; readonly sizeBytes: number }[]
  /** Wanted, and not in this index. */
  readonly missingPlatforms: readonly string[]
}

/**
 * What belongs to a manifest. An image that is no index is taken whatever its platform: its name stands for it
 * alone, and that is what a pull gets.
 * @param depth of indexes around it
 * @throws OciError MANIFEST_INVALID
 */
export function chooseWarmed(
  manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
  wanted: WantedPlatforms,
  depth: number,
): WarmChoice {
  const parsed = parseManifest(manifest.bytes, manifest.mediaType)
  if (parsed.kind === 'index') return depth < MAX_INDEX_DEPTH ? chooseOf(parsed, wanted) : NOTHING
  // Other servers have the foreign ones, and clients fetch them there.
  const blobs = parsed.references.filter(({ foreign }) => foreign !== true)
  return { manifests: [], blobs, missingPlatforms: [] }
}

const NOTHING: WarmChoice = { manifests: [], blobs: [], missingPlatforms: [] }

function chooseOf(index: Manifest, wanted: WantedPlatforms): WarmChoice {
  if (wanted === 'all') return { ...NOTHING, manifests: allOf(index) }
  // What an inner index has is not known before it was read.
  const inner = index.references.filter(({ mediaType }) => isIndexMediaType(bareMediaType(mediaType)))
  const manifests = new Set(inner.map(({ digest }) => digest))
  const missingPlatforms: string[] = []
  for (const platform of wanted) {
    const found = platformManifest(index, platform)
    if (found !== undefined) manifests.add(found.digest)
    else if (inner.length === 0) missingPlatforms.push(formatPlatform(platform))
  }
  return { manifests: [...manifests], blobs: [], missingPlatforms }
}

/** An index may name what is no manifest; nobody could be asked for that under /manifests/. */
function allOf(index: Manifest): Digest[] {
  const manifests = index.references.filter(
    ({ mediaType }) => manifestKindOf(bareMediaType(mediaType)) !== undefined,
  )
  return [...new Set(manifests.map(({ digest }) => digest))]
}
