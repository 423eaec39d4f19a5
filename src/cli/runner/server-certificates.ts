import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { RunnerTls } from '../../executor/config/runner-settings.ts'
import { fileErrorCode } from '../../file-error.ts'
import type { ClientCertificate } from '../../runner/protocol/coordinator-connection.ts'
import { RunnerRefused } from './runner-refused.ts'

export interface ServerCertificates {
  readonly ca: string | undefined
  readonly clientCertificate: ClientCertificate | undefined
}

/**
 * What a runner's connection with its server needs: the files that its settings name, else those that GitLab Runner
 * looks for in `certs` beside config.toml, `HOST.crt`, `HOST.auth.crt` and `HOST.auth.key`.
 * @param directory of config.toml
 * @throws RunnerRefused when a file that is named cannot be read
 */
export async function loadServerCertificates(
  { caFile, certFile, keyFile }: RunnerTls,
  url: string,
  directory: string,
): Promise<ServerCertificates> {
  const load = (named: string | undefined, key: string, ending: string): Promise<string | undefined> =>
    named === undefined
      ? find(join(directory, 'certs', `${new URL(url).hostname}${ending}`))
      : read(resolve(directory, named), key)
  const [ca, cert, key] = await Promise.all([
    load(caFile, 'tls-ca-file', '.crt'),
    load(certFile, 'tls-cert-file', '.auth.crt'),
    load(keyFile, 'tls-key-file', '.auth.key'),
  ])
  if ((cert === undefined) !== (key === undefined)) {
    throw new RunnerRefused(`for ${url}, tls-cert-file and tls-key-file are needed together`)
  }
  return { ca, clientCertificate: cert === undefined || key === undefined ? undefined : { cert, key } }
}

async function read(path: string, key: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new RunnerRefused(`${key} cannot be read: ${path}`, { cause: error })
  }
}

async function find(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return undefined
    throw new RunnerRefused(`${path} cannot be read`, { cause: error })
  }
}
