/** Where a project is on its server. */
export interface RemotePlace {
  /** `https://git.example.com`, without credentials and a slash at its end. */
  readonly serverUrl: string
  /** `acme/shop` */
  readonly path: string
}

/** `git@git.example.com:acme/shop.git` */
const SCP_LIKE = /^(?:[^@/]+@)?(?<host>\[[^\]]+\]|[^/:]+):(?!\/\/)(?<path>.+)$/

const LOCAL: RemotePlace = { serverUrl: 'http://localhost', path: 'local' }

/** That of a project without a server. */
export function localPlace(directoryName: string): RemotePlace {
  return { ...LOCAL, path: `${LOCAL.path}/${pathPart(directoryName)}` }
}

/** @param projectUrl of a project with or without a server */
export function isLocalPlace(projectUrl: string): boolean {
  return projectUrl.startsWith(`${LOCAL.serverUrl}/${LOCAL.path}/`)
}

/**
 * Reads the URL of a remote; credentials in it are left out. One of ssh leads to the HTTPS of the same host.
 * @returns undefined for what leads to no server, such as a directory
 */
export function readRemoteUrl(url: string): RemotePlace | undefined {
  // `host:path` could be a URL, too.
  if (url.includes('://') && URL.canParse(url)) {
    const { protocol, hostname, host, pathname } = new URL(url)
    if (protocol === 'http:' || protocol === 'https:') return place(`${protocol}//${host}`, pathname)
    // The port is that of ssh.
    const isRemote = protocol === 'ssh:' || protocol === 'git+ssh:' || protocol === 'git:'
    return isRemote ? place(`https://${hostname}`, pathname) : undefined
  }
  const { host, path } = SCP_LIKE.exec(url)?.groups ?? {}
  return host === undefined || path === undefined ? undefined : place(`https://${host}`, path)
}

function place(serverUrl: string, written: string): RemotePlace | undefined {
  const path = decode(written)
    .replace(/\.git\/?$/, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .map(pathPart)
    .join('/')
  return path === '' || !URL.canParse(serverUrl) ? undefined : { serverUrl, path }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Names of projects have these only; what else a directory may be called would have to be quoted everywhere. */
export function pathPart(name: string): string {
  return name.replaceAll(/[^\w.-]/g, '-').replace(/^[-.]+/, '') || 'project'
}
