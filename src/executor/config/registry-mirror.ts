import { withHubName } from '../../oci/docker-hub.ts'
import { OciError } from '../../oci/errors.ts'
import { parseImageName } from '../../oci/image-name.ts'

/** Where the engine is to pull what another registry has. */
export interface RegistryMirror {
  /** As canonical names have it: `docker.io`, `registry.example.com:5000`. */
  readonly registry: string
  /** What takes its place in names: `mirror.example:5000`, `harbor.example/quay`. */
  readonly prefix: string
}

/** One line of `mirrors`. Undefined: one of the two is not what it has to be. */
export function parseMirror(registry: string, mirror: string): RegistryMirror | undefined {
  const host = readPrefix(registry)
  const prefix = readPrefix(mirror)
  if (host === undefined || prefix === undefined || host.includes('/')) return undefined
  return { registry: withHubName(host), prefix }
}

/** A registry, or a path in it, that repositories can stand behind. */
function readPrefix(text: string): string | undefined {
  try {
    const { registry, repository } = parseImageName(`${text}/image`)
    return registry === undefined ? undefined : `${registry}/${repository}`.slice(0, -'/image'.length)
  } catch (error) {
    if (error instanceof OciError) return undefined
    throw error
  }
}
