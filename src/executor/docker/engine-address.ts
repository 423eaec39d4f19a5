import { readFileSync } from 'node:fs'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { join } from 'node:path'
import Docker from 'dockerode'
import { JobFailure } from '../failure.ts'

/** Where the engine listens, as `host`, `tls_cert_path` and `tls_verify` say. */
export interface EngineAddress {
  /** `unix:///var/run/docker.sock`, `tcp://10.0.0.5:2376`. */
  readonly host: string
  /** A folder with ca.pem, cert.pem and key.pem. */
  readonly tlsCertPath: string | undefined
  readonly tlsVerify: boolean
}

export type EngineTarget =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly isTls: boolean }

const PLAIN_PORT = 2375
const TLS_PORT = 2376

/** @throws JobFailure `runner_configuration_error` for what is no address, or none that can be used */
export function parseEngineAddress({ host, tlsCertPath, tlsVerify }: EngineAddress): EngineTarget {
  if (host.startsWith('unix://')) {
    const path = host.slice('unix://'.length)
    if (path.startsWith('/')) return { kind: 'socket', path }
    throw unusable(host, 'unix:// needs the full path of a socket: unix:///var/run/docker.sock')
  }
  const url = URL.canParse(host) ? new URL(host) : undefined
  if (url === undefined || !['tcp:', 'http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw unusable(host, 'expected unix:///path, tcp://host:port or https://host:port')
  }
  const isTls = url.protocol === 'https:' || tlsCertPath !== undefined || tlsVerify
  const port = url.port === '' ? (isTls ? TLS_PORT : PLAIN_PORT) : Number(url.port)
  return { kind: 'tcp', host: url.hostname, port, isTls }
}

/**
 * A client that asks nobody yet. No API version is set: an engine then answers in its own.
 * @throws JobFailure `runner_configuration_error`
 */
export function openDocker(address: EngineAddress): Docker {
  const target = parseEngineAddress(address)
  // Named even when absent: the library would take DOCKER_HOST and its like from the environment instead.
  const none = { host: undefined, port: undefined, ca: undefined, cert: undefined, key: undefined }
  // An engine that stops takes no new connection, and kills its containers while it still answers on old ones: a
  // connection for every call tells a killed script from an engine that went away.
  const plain = { ...none, protocol: 'http' as const, agent: new HttpAgent({ keepAlive: false }) }
  if (target.kind === 'socket') return new Docker({ ...plain, socketPath: target.path })
  const { host, port, isTls } = target
  if (!isTls) return new Docker({ ...plain, host, port })
  const agent = new HttpsAgent({ keepAlive: false, rejectUnauthorized: address.tlsVerify })
  const options = { ...none, ...certificates(address), host, port, protocol: 'https' as const, agent }
  return new Docker(options)
}

function certificates({ host, tlsCertPath }: EngineAddress): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  if (tlsCertPath === undefined) return {}
  const read = (name: string) => readFileSync(join(tlsCertPath, name))
  try {
    return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
  } catch (error) {
    throw unusable(
      host,
      `tls_cert_path needs ca.pem, cert.pem and key.pem: ${(error as Error).message}`,
      error,
    )
  }
}

function unusable(host: string, why: string, cause?: unknown): JobFailure {
  return new JobFailure('runner_configuration_error', `cannot use the Docker engine at "${host}": ${why}`, {
    cause,
  })
}
