/**
 * Where a server's API is.
 * @param url as in config.toml: with or without a path, and with the `/ci` that it had long ago
 */
export function coordinatorApiUrl(url: string): URL {
  const base = new URL(url)
  base.search = ''
  base.hash = ''
  base.pathname = `${base.pathname.replace(/\/+$/, '').replace(/\/ci$/, '')}/api/v4/`
  return base
}
