import { type ImagePullCode, ImagePullError } from '../images/pull-error.ts'

/**
 * What an engine says of a failed pull is a sentence for people: the status of its reply is 500 for nearly
 * everything, and inside of a running pull there is none. So this one place reads the sentences, those of Docker
 * Engine 20.10 to 29 and of Podman. URLs, hosts and images are taken out first: users choose their names.
 */
const SENTENCES: readonly (readonly [ImagePullCode, RegExp])[] = [
  ['NO_SPACE', /no space left on device/i],
  ['RATE_LIMITED', /toomanyrequests|too many requests|\bHTTP (?:status: )?429\b/i],
  ['PLATFORM', /no matching manifest|does not (?:provide|match) the specified platform/i],
  ['MISMATCH', /verification failed|digest mismatch|failed to verify|unexpected commit digest/i],
  [
    'DENIED',
    /pull access denied|unauthorized|authentication required|no basic auth credentials|\bdenied\b|forbidden|insufficient_scope|\bHTTP 40[13]\b/i,
  ],
  ['UNAVAILABLE', /(?:unexpected HTTP|unexpected) status(?: code)?:? ?[^:]{0,40}\b5\d\d\b/i],
  ['TIMEOUT', /i\/o timeout|TLS handshake timeout|Client\.Timeout|deadline exceeded/i],
  [
    'NETWORK',
    /dial tcp|connection (?:refused|reset)|no such host|network is unreachable|no route to host|request canceled|\bEOF\b|broken pipe/i,
  ],
  ['NOT_FOUND', /manifest unknown|name unknown|not found|no such image|does not exist|\bHTTP 404\b/i],
]

/** @param status of the reply, when it has one that says something: 401, 403, 404, 429 */
export function toPullError(said: string, status: number | undefined, cause: unknown): ImagePullError {
  const message = said
    .replace(/^\(HTTP code \d+\) [^-]*- /, '')
    .replace(/\s+/g, ' ')
    .trim()
  const bare = message.replace(/"[^"]*"/g, '""').replace(/\b(for|lookup) \S+/g, '$1')
  const code = SENTENCES.find(([, pattern]) => pattern.test(bare))?.[0] ?? byStatus(status)
  return new ImagePullError(code, message, { cause })
}

function byStatus(status: number | undefined): ImagePullCode {
  if (status === 401 || status === 403) return 'DENIED'
  if (status === 404) return 'NOT_FOUND'
  if (status === 429) return 'RATE_LIMITED'
  return 'FAILED'
}
