import { type Answer, type AskedCall, jsonAnswer, refusal } from './exchange.ts'
import type { JobRecord } from './job-record.ts'

export interface ArtifactRules {
  readonly maxBytes: number
  /** Uploads are sent there instead, as to another host. */
  readonly uploadTo: string | undefined
  /** Downloads that allow it are sent there, as to an object storage. */
  readonly storageUrl: string | undefined
}

const FORMATS = ['zip', 'gzip', 'raw']

/** POST jobs/:id/artifacts. */
export function receiveArtifact(
  job: JobRecord,
  { headers, bytes, query, path }: AskedCall,
  { maxBytes, uploadTo }: ArtifactRules,
): Answer {
  if (job.status !== 'running' && job.status !== 'canceling') {
    return refusal(403, 'Forbidden - Job is not running', { 'job-status': job.status })
  }
  if (uploadTo !== undefined && query.get('elsewhere') === null) {
    query.set('elsewhere', 'true')
    return { status: 307, headers: { location: `${uploadTo}/api/v4/${path}?${query}` } }
  }
  const file = filePart(headers['content-type'] ?? '', bytes)
  const format = query.get('artifact_format') ?? 'zip'
  if (file === undefined || !FORMATS.includes(format)) return refusal(400, 'Bad request - file is invalid')
  if (file.bytes.length > maxBytes) return refusal(413, 'Request Entity Too Large')
  const type = query.get('artifact_type') ?? 'archive'
  if (!isOfFormat(type, format))
    return refusal(400, 'Bad request - Invalid file format with specified file type')
  const earlier = job.artifacts.find((other) => other.type === type)
  // The same again is what a runner sends that did not hear the answer.
  if (earlier?.bytes.equals(file.bytes)) return jsonAnswer(201, { message: '201 Created' })
  if (earlier !== undefined)
    return refusal(400, 'Bad request - another artifact of the same type already exists')
  job.artifacts.push({ ...file, type, format, expireIn: query.get('expire_in') ?? undefined })
  return jsonAnswer(201, { message: '201 Created' })
}

/** GET jobs/:id/artifacts. */
export function sendArtifact(job: JobRecord, { query }: AskedCall, { storageUrl }: ArtifactRules): Answer {
  const archive = job.artifacts.find(({ type }) => type === 'archive')
  if (archive === undefined) return refusal(404, 'Not found')
  if (storageUrl !== undefined && query.get('direct_download') === 'true') {
    return {
      status: 302,
      headers: { location: `${storageUrl}/storage/${job.id}?signature=s3cret-of-storage` },
    }
  }
  return { status: 200, headers: { 'content-type': 'application/zip' }, body: archive.bytes }
}

/** Archives are zip, and what servers read themselves never is. */
function isOfFormat(type: string, format: string): boolean {
  return type === 'archive' ? format === 'zip' : format !== 'zip'
}

/** What is stored, for whoever has the signed URL. A storage refuses what carries a credential besides it. */
export function sendStored(job: JobRecord | undefined, { query, headers }: AskedCall): Answer {
  const archive = job?.artifacts.find(({ type }) => type === 'archive')
  const isCarryingToken = headers['job-token'] !== undefined || headers.authorization !== undefined
  if (query.get('signature') !== 's3cret-of-storage' || isCarryingToken) return { status: 400 }
  return archive === undefined ? { status: 404 } : { status: 200, body: archive.bytes }
}

/** The part of a form that is named `file` (RFC 7578). */
function filePart(contentType: string, body: Buffer): { filename: string; bytes: Buffer } | undefined {
  const boundary = /^multipart\/form-data; ?boundary="?([^";]+)"?$/.exec(contentType)?.[1]
  if (boundary === undefined) return undefined
  const opening = `--${boundary}\r\n`
  const headEnd = body.indexOf('\r\n\r\n')
  const end = body.lastIndexOf(`\r\n--${boundary}--`)
  if (!body.subarray(0, opening.length).equals(Buffer.from(opening)) || headEnd < 0 || end < 0)
    return undefined
  const head = body.subarray(opening.length, headEnd).toString('utf8')
  const filename = /form-data; name="file"; filename="([^"]+)"/i.exec(head)?.[1]
  return filename === undefined ? undefined : { filename, bytes: body.subarray(headEnd + 4, end) }
}
