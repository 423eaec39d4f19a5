import { looksLikeRegistry } from '../../oci/registry-host.ts'

/**
 * Which part of a registry a key of `auths` is for: `registry.example.com:5000/team`. A key that is a URL is for
 * the whole host, as Docker writes it for logins of its own.
 */
export function pathOfKey(key: string): string {
  const text = key.trim()
  const url = /^https?:\/\/([^/?#]*)/i.exec(text)
  if (url !== null) return withHost(url[1] ?? '')
  const trimmed = text.replace(/\/+$/, '')
  return withHost(trimmed.includes('/') ? withoutTag(trimmed) : trimmed)
}

/** Where an image is, in the same spelling: `postgres:12.2` is `docker.io/postgres`. */
export function pathOfImage(image: string): string {
  const name = withoutTag(image.trim().replace(/@.*$/, ''))
  const slash = name.indexOf('/')
  const first = slash === -1 ? '' : name.slice(0, slash)
  const namesRegistry = looksLikeRegistry(first.toLowerCase()) || first.includes(':')
  return withHost(namesRegistry ? name : `docker.io/${name}`)
}

export function hostOfPath(path: string): string {
  const slash = path.indexOf('/')
  return slash === -1 ? path : path.slice(0, slash)
}

/** The path itself, and what is above it, up to the registry. */
export function pathsAbove(path: string): string[] {
  const paths: string[] = []
  for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
    paths.push(at)
    if (!at.includes('/')) return paths
  }
}

/** `registry.example.com:5000` is `registry.example.com` and `5000`. */
export function splitPort(host: string): { readonly name: string; readonly port: string | undefined } {
  const [, name, port] = /^(.*):(\d+)$/.exec(host) ?? []
  return name === undefined ? { name: host, port: undefined } : { name, port }
}

/** A colon before the last slash belongs to the port. */
function withoutTag(name: string): string {
  const colon = name.lastIndexOf(':')
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name
}

function withHost(path: string): string {
  const host = hostOfPath(path)
  const rest = path.slice(host.length)
  const known = host.toLowerCase()
  if (known !== 'index.docker.io') return known + rest
  // What Docker Hub's address for logins ends in is no part of an image's name.
  return `docker.io${rest.replace(/^\/v[12]$/, '')}`
}
