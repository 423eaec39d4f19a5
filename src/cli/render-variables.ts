import type { CiVariables } from '../auth/ci-variables.ts'

export const FORMATS = ['dotenv', 'json', 'shell', 'docker-config'] as const
export type Format = (typeof FORMATS)[number]

export interface IssuedVariables {
  readonly id: string
  readonly expiresAt: string
  /** Where jobs reach the server. */
  readonly url: URL
  readonly variables: CiVariables
}

/** With the end of the last line. */
export function renderVariables(format: Format, { id, expiresAt, url, variables }: IssuedVariables): string {
  const entries = Object.entries<string>({ ...variables })
  switch (format) {
    case 'dotenv':
      return entries.map(([key, value]) => `${key}=${value}\n`).join('')
    case 'shell':
      return entries.map(([key, value]) => `export ${key}=${quoted(value)}\n`).join('')
    case 'json':
      return `${JSON.stringify({ id, expiresAt, variables })}\n`
    case 'docker-config':
      return `${JSON.stringify(dockerConfig(url, variables), undefined, 2)}\n`
  }
}

/** For POSIX shells: between single quotes everything stands for itself but the quote. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`
}

/** Docker looks up what stands in front of the image, and people leave out a port that the scheme implies. */
function dockerConfig(url: URL, variables: CiVariables): object {
  const { CI_DEPENDENCY_PROXY_SERVER: server } = variables
  const { CI_DEPENDENCY_PROXY_USER: user, CI_DEPENDENCY_PROXY_PASSWORD: password } = variables
  const auth = Buffer.from(`${user}:${password}`).toString('base64')
  return { auths: Object.fromEntries([...new Set([server, url.host])].map((host) => [host, { auth }])) }
}
