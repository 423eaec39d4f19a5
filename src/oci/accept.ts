import { bareMediaType, isIndexMediaType, type ManifestKind } from './media-types.ts'

interface MediaRange {
  readonly mediaType: string
  readonly accepted: boolean
}

/**
 * What a client that asked for a tag gets (RFC 9110, section 12.5.1): the manifest that the tag points to, or,
 * when that is an index and the client's Accept knows no index, the manifest of one platform from it.
 * A request by digest always gets that digest: do not ask here.
 *
 * The most specific range that matches `mediaType` decides. When none matches, a client that names any index
 * type gets the index: it can read one, and a platform's manifest would be of the unnamed family too.
 */
export function acceptedManifest(
  acceptHeader: string | undefined,
  mediaType: string,
  kind: ManifestKind,
): 'as-is' | 'platform-manifest' {
  if (kind !== 'index' || acceptHeader === undefined || acceptHeader.trim() === '') return 'as-is'
  const ranges = parseAccept(acceptHeader)
  const bare = bareMediaType(mediaType)
  const accepted =
    verdict(ranges, bare) ??
    verdict(ranges, 'application/*') ??
    verdict(ranges, '*/*') ??
    ranges.some((range) => range.accepted && isIndexMediaType(range.mediaType))
  return accepted ? 'as-is' : 'platform-manifest'
}

/** One type may stand there twice with different parameters: any of them is enough. */
function verdict(ranges: readonly MediaRange[], mediaType: string): boolean | undefined {
  const matching = ranges.filter((range) => range.mediaType === mediaType)
  return matching.length === 0 ? undefined : matching.some((range) => range.accepted)
}

function parseAccept(header: string): MediaRange[] {
  return splitOutsideQuotes(header, ',').map((item) => {
    const [mediaType = '', ...parameters] = splitOutsideQuotes(item, ';')
    return { mediaType: mediaType.trim().toLowerCase(), accepted: !parameters.some(isZeroWeight) }
  })
}

const ZERO_WEIGHT = /^q=0(?:\.0{0,3})?$/i

function isZeroWeight(parameter: string): boolean {
  return ZERO_WEIGHT.test(parameter.trim())
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  if (!text.includes('"')) return text.split(separator)
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (quoted && character === '\\') at++
    else if (character === '"') quoted = !quoted
    else if (!quoted && character === separator) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}
