import { type Digest, isDigest } from './digest.ts'
import { OciError } from './errors.ts'

export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

/** What a manifest says of content it points to (image specification, descriptor.md). */
export interface Descriptor {
  readonly digest: Digest
  readonly mediaType: string
  readonly sizeBytes: number
  /** Only when the descriptor names both an operating system and an architecture. */
  readonly platform?: Platform
  /** The content may have to be fetched from these addresses; this proxy never does. */
  readonly urls?: readonly string[]
}

/** A JSON object whose fields are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Checks one descriptor. `at` says where it stands in its document, for the message.
 * @throws OciError MANIFEST_INVALID
 */
export function readDescriptor(value: unknown, at: string): Descriptor {
  if (!isJsonObject(value)) throw invalid(at, 'is not an object')
  const { digest, mediaType, size } = value
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw invalid(`${at}.digest`, 'is not sha256:<64 hex> or sha512:<128 hex>')
  }
  if (typeof mediaType !== 'string' || mediaType === '')
    throw invalid(`${at}.mediaType`, 'is not a media type')
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(`${at}.size`, 'is not a number of bytes')
  }
  const platform = readPlatform(value.platform, `${at}.platform`)
  const urls = readUrls(value.urls, `${at}.urls`)
  return {
    digest,
    mediaType,
    sizeBytes: size,
    ...(platform === undefined ? {} : { platform }),
    ...(urls === undefined ? {} : { urls }),
  }
}

/**
 * Checks a list of descriptors. `null` is an empty list: writers in Go leave it behind for one.
 * @throws OciError MANIFEST_INVALID
 */
export function readDescriptors(value: unknown, at: string): Descriptor[] {
  if (value === null) return []
  if (!Array.isArray(value)) throw invalid(at, 'is not a list')
  return value.map((item: unknown, index) => readDescriptor(item, `${at}[${index}]`))
}

function readPlatform(value: unknown, at: string): Platform | undefined {
  if (value === undefined || value === null) return undefined
  if (!isJsonObject(value)) throw invalid(at, 'is not an object')
  const os = readText(value.os, `${at}.os`)
  const architecture = readText(value.architecture, `${at}.architecture`)
  const variant = readText(value.variant, `${at}.variant`)
  if (os === undefined || architecture === undefined) return undefined
  return variant === undefined ? { os, architecture } : { os, architecture, variant }
}

function readText(value: unknown, at: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw invalid(at, 'is not a string')
  return value === '' ? undefined : value
}

function readUrls(value: unknown, at: string): string[] | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || !value.every((url) => typeof url === 'string')) {
    throw invalid(at, 'is not a list of addresses')
  }
  return value.length === 0 ? undefined : value
}

function invalid(at: string, trouble: string): OciError {
  return new OciError('MANIFEST_INVALID', `the manifest's ${at} ${trouble}`)
}
