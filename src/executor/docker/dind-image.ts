/** `dind`, `27-dind`, `27.3-dind-rootless`. */
const TAG = /(^|-)dind(-rootless)?$/

/**
 * Whether an image is meant to be Docker in Docker: named `docker`, wherever it is kept, with a tag that says so.
 * What it really runs is seen in its container (see dind-arguments).
 * @param service its name without registry port, tag and digest: `docker`, `registry.example/ci/docker`
 * @param image as written, expanded: the tag counts also beside a digest
 */
export function isDindImage({
  service,
  image,
}: {
  readonly service: string
  readonly image: string
}): boolean {
  if (service.slice(service.lastIndexOf('/') + 1) !== 'docker') return false
  const [named = ''] = image.split('@', 1)
  const colon = named.lastIndexOf(':')
  return colon > named.lastIndexOf('/') && TAG.test(named.slice(colon + 1))
}
