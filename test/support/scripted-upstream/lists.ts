import type { RegistryContent } from './content.ts'
import { errorReply, jsonReply, type Reply } from './reply.ts'

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'

export interface ListsOptions {
  /** Without it the registry has no referrers API. */
  referrers: boolean
  /** How many entries a page has at most. */
  pageSize: number
}

/** A list of tags as registries page it: the links lead to the registry's own address. */
export function tagsReply(
  content: RegistryContent,
  repository: string,
  query: URLSearchParams,
  { pageSize }: ListsOptions,
  url: string,
): Reply {
  const known = content.find(repository)
  if (known === undefined) return errorReply(404, 'NAME_UNKNOWN', `no repository ${repository}`)
  const all = [...known.tags.keys()].sort()
  const last = query.get('last') ?? ''
  const rest = all.filter((tag) => tag > last)
  const page = rest.slice(0, Math.min(pageSize, Number(query.get('n') ?? pageSize)))
  const end = page.at(-1)
  const link: Record<string, string> =
    end === undefined || page.length === rest.length
      ? {}
      : { link: `<${url}/v2/${repository}/tags/list?last=${end}&n=${pageSize}>; rel="next"` }
  return jsonReply(200, { name: repository, tags: page }, link)
}

/** What has this subject, as the referrers API tells it. */
export function referrersReply(
  content: RegistryContent,
  repository: string,
  subject: string,
  query: URLSearchParams,
  { referrers, pageSize }: ListsOptions,
  url: string,
): Reply {
  if (!referrers) return errorReply(404, 'NAME_UNKNOWN', 'no such page')
  const all = [...(content.find(repository)?.manifests.values() ?? [])].flatMap(
    ({ digest, bytes, mediaType }) => {
      const document = JSON.parse(bytes.toString())
      if (document.subject?.digest !== subject) return []
      const { artifactType = document.config?.mediaType, annotations } = document
      return [{ mediaType, digest, size: bytes.length, artifactType, annotations }]
    },
  )
  const start = Number(query.get('from') ?? 0)
  const link: Record<string, string> =
    start + pageSize >= all.length
      ? {}
      : { link: `<${url}/v2/${repository}/referrers/${subject}?from=${start + pageSize}>; rel="next"` }
  const manifests = all.slice(start, start + pageSize)
  const reply = jsonReply(200, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, link)
  return { ...reply, headers: { ...reply.headers, 'content-type': OCI_INDEX } }
}
