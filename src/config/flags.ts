import { type FoundMistake, mistakeAt, type SettingsLayer } from './check.ts'
import type { SettingsPath } from './settings-tree.ts'

/** Flags of `serve`, as typed. */
export interface CommandLineSettings {
  readonly config?: string | undefined
  readonly listen?: readonly string[] | undefined
  readonly storage?: string | undefined
  readonly externalUrl?: string | undefined
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
  /** `NAME=URL` each. */
  readonly upstream?: readonly string[] | undefined
  readonly jobsListen?: string | undefined
  readonly metricsListen?: string | undefined
  readonly logLevel?: string | undefined
  readonly logFormat?: string | undefined
}

const FLAG_OF: Readonly<Record<string, string>> = {
  listen: '--listen',
  externalUrl: '--external-url',
  'tls.certFile': '--tls-cert',
  'tls.keyFile': '--tls-key',
  storage: '--storage',
  upstreams: '--upstream',
  'jobs.listen': '--jobs-listen',
  'metrics.listen': '--metrics-listen',
  'log.level': '--log-level',
  'log.format': '--log-format',
}

export function readFlags(argv: CommandLineSettings): { layer: SettingsLayer; mistakes: FoundMistake[] } {
  const mistakes: FoundMistake[] = []
  const upstreams: Record<string, { url: string }> = {}
  const tree: Record<string, unknown> = {
    upstreams,
    log: given({ level: argv.logLevel, format: argv.logFormat }),
  }
  const layer: SettingsLayer = { source: 'flag', tree, nameOf }
  if (argv.listen !== undefined) tree.listen = argv.listen
  if (argv.externalUrl !== undefined) tree.externalUrl = argv.externalUrl
  const tls = given({ certFile: argv.tlsCert, keyFile: argv.tlsKey })
  if (Object.keys(tls).length > 0) tree.tls = tls
  if (argv.jobsListen !== undefined) tree.jobs = { listen: argv.jobsListen }
  if (argv.metricsListen !== undefined) tree.metrics = { listen: argv.metricsListen }
  if (argv.storage !== undefined) tree.storage = { path: argv.storage }
  for (const text of argv.upstream ?? []) {
    const [, name, url] = /^([^=]+)=(.+)$/s.exec(text) ?? []
    if (name === undefined || url === undefined) {
      mistakes.push({
        at: ['upstreams', ''],
        path: '--upstream',
        message: 'expected NAME=URL, such as ghcr.io=https://ghcr.io',
        source: 'flag',
      })
    } else if (Object.hasOwn(upstreams, name)) {
      mistakes.push(mistakeAt(layer, ['upstreams', name], 'is there twice'))
    } else {
      upstreams[name] = { url }
    }
  }
  return { layer, mistakes }
}

function nameOf(path: SettingsPath): string {
  const [section, name] = path
  if (section === 'upstreams' && name !== undefined) return `--upstream ${name}`
  return FLAG_OF[path.slice(0, 2).join('.')] ?? FLAG_OF[String(section)] ?? '--config'
}

function given(values: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
