import type { Digest } from '../../src/oci/digest.ts'
import type { StoredManifest } from './scripted-upstream/content.ts'
import type { ScriptedUpstream } from './scripted-upstream.ts'

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
/** The specification's descriptor for "nothing": two bytes of JSON. */
export const EMPTY_JSON = Buffer.from('{}')
const EMPTY = 'application/vnd.oci.empty.v1+json'

export interface Artifact {
  readonly manifest: StoredManifest
  readonly blob: Digest
}

/** As oras attaches a file: an image manifest with an empty config, an artifactType and a subject. */
export function attach(
  upstream: ScriptedUpstream,
  repository: string,
  subject: StoredManifest,
  { artifactType, text }: { artifactType: string; text: string },
): Artifact {
  const blob = upstream.addBlob(repository, Buffer.from(text))
  const config = upstream.addBlob(repository, EMPTY_JSON)
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: { mediaType: EMPTY, digest: config.digest, size: EMPTY_JSON.length },
    layers: [{ mediaType: artifactType, digest: blob.digest, size: blob.bytes.length }],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.bytes.length },
    annotations: { 'org.opencontainers.image.created': '2026-01-01T00:00:00Z' },
  }
  return {
    manifest: upstream.addManifest(repository, Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST),
    blob: blob.digest,
  }
}

/** As cosign signs by default: an image under a tag made of the digest, with its own kind of layer. */
export function sign(upstream: ScriptedUpstream, repository: string, subject: StoredManifest): Artifact {
  const payload = Buffer.from(
    JSON.stringify({ critical: { image: { 'docker-manifest-digest': subject.digest } } }),
  )
  const blob = upstream.addBlob(repository, payload)
  const config = upstream.addBlob(
    repository,
    Buffer.from(JSON.stringify({ architecture: '', os: '', config: {} })),
  )
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: config.digest,
      size: config.bytes.length,
    },
    layers: [
      {
        mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
        digest: blob.digest,
        size: payload.length,
        annotations: { 'dev.cosignproject.cosign/signature': 'MEUCIQ==' },
      },
    ],
  }
  const tag = `${subject.digest.replace(':', '-')}.sig`
  return {
    manifest: upstream.addManifest(repository, Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST, [tag]),
    blob: blob.digest,
  }
}
