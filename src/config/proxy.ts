import type { ProxySettings } from './settings.ts'
import type { SettingsMistake } from './settings-error.ts'

/**
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in lower case first, as curl and undici have it. A proxy's URL may hold a
 * password, so no message repeats it.
 */
export function readProxies(env: NodeJS.ProcessEnv): { proxy: ProxySettings; mistakes: SettingsMistake[] } {
  const mistakes: SettingsMistake[] = []
  const read = (variable: string): string | undefined => {
    const name = env[variable.toLowerCase()] ? variable.toLowerCase() : variable
    const text = env[name]
    if (!text) return undefined
    const url = text.includes('://') ? text : `http://${text}`
    if (/^https?:\/\//i.test(url) && URL.canParse(url)) return url
    mistakes.push({
      path: name,
      message: 'expected the URL of an http or https proxy',
      source: 'environment',
    })
    return undefined
  }
  const http = read('HTTP_PROXY')
  const https = read('HTTPS_PROXY')
  const noProxy = env.no_proxy || env.NO_PROXY
  const proxy = { ...(http && { http }), ...(https && { https }), ...(noProxy && { noProxy }) }
  return { proxy, mistakes }
}
