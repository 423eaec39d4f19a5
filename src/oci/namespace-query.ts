import { OciError } from './errors.ts'
import { queryValues } from './query-value.ts'
import { parseRegistryHost } from './registry-host.ts'

/**
 * The registry that `?ns=` names (distribution specification, "Registry Proxying"), or undefined when the
 * query has none. containerd sends it with its colon encoded. Other parameters are nobody's concern.
 * @throws OciError NAME_INVALID for what is no registry, or when two different ones are named
 */
export function namespaceOf(query: string): string | undefined {
  let found: string | undefined
  for (const value of queryValues(query, 'ns')) {
    const host = parseRegistryHost(value)
    if (found !== undefined && found !== host) {
      throw new OciError('NAME_INVALID', `the query names two registries: ns=${found} and ns=${host}`)
    }
    found = host
  }
  return found
}
