/** What a service is called, by its image and by the user. */
export interface ServiceName {
  /** The image's name without host's port, tag and digest: `acme/postgres`. */
  readonly service: string
  /** Tag, or digest with `@`. */
  readonly version: string
  readonly aliases: readonly string[]
}

/**
 * The host names under which a service is found.
 * @param image as written, expanded
 * @param alias as written, expanded: one or several, by comma or space
 */
export function serviceName(image: string, alias: string | undefined): ServiceName {
  const [named = '', digest] = image.split('@', 2)
  const slash = named.lastIndexOf('/')
  const colon = named.indexOf(':', slash + 1)
  const repository = colon < 0 ? named : named.slice(0, colon)
  const tag = colon < 0 ? 'latest' : named.slice(colon + 1)
  // A port is the registry's, and no part of a host name.
  const service = repository.replace(/^([^/]+):\d+\//, '$1/')
  const derived = [service.replaceAll('/', '__'), service.replaceAll('/', '-')]
  const given = (alias ?? '').split(/[\s,]+/).filter((name) => name !== '')
  return {
    service,
    version: digest === undefined ? tag : `@${digest}`,
    aliases: [...new Set([...derived, ...given])],
  }
}

export interface SharedAliases {
  /** By service, in their order; empty when others have all of its names. */
  readonly aliases: readonly (readonly string[])[]
  readonly warnings: readonly string[]
}

/** Of two services with one name the first keeps it. */
export function shareAliases(
  services: readonly { readonly image: string; readonly aliases: readonly string[] }[],
): SharedAliases {
  const taken = new Set<string>()
  const warnings: string[] = []
  const aliases = services.map(({ image, aliases }, index) =>
    aliases.filter((alias) => {
      if (taken.has(alias)) {
        const service = `service "${image}" (services[${index}])`
        warnings.push(`Skipping alias "${alias}" for ${service}: alias is already in use by another service.`)
        return false
      }
      taken.add(alias)
      return true
    }),
  )
  return { aliases, warnings }
}
