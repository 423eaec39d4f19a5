import type { ContainerInspectInfo } from 'dockerode'

/** What tells that a service is ready. */
export type HealthCheck =
  | { readonly kind: 'docker' }
  /** Any one of them. */
  | { readonly kind: 'ports'; readonly ports: readonly number[] }
  | { readonly kind: 'none' }

/** As many are tried when an image exposes more. */
const MAX_PORTS = 20

/** An image's own HEALTHCHECK knows best; a port named by the job is meant as said. */
export function healthCheck(config: ContainerInspectInfo['Config']): HealthCheck {
  const named = namedPort(config.Env ?? [])
  if (named !== undefined) return { kind: 'ports', ports: [named] }
  const test = config.Healthcheck?.Test?.[0]
  if (test !== undefined && test !== 'NONE') return { kind: 'docker' }
  const ports = Object.keys(config.ExposedPorts ?? {})
    .filter((port) => port.endsWith('/tcp'))
    .map((port) => Number.parseInt(port, 10))
    .sort((a, b) => a - b)
    .slice(0, MAX_PORTS)
  return ports.length === 0 ? { kind: 'none' } : { kind: 'ports', ports }
}

function namedPort(environment: readonly string[]): number | undefined {
  const variable = environment.findLast((line) => /^HEALTHCHECK_TCP_PORT=/i.test(line))
  const port = Number(variable?.slice(variable.indexOf('=') + 1))
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
}
