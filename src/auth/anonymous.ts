import { isLoopbackAddress, isLoopbackHost } from './loopback.ts'
import { compileNetworks } from './networks.ts'

/** What is looked at of a request. */
export interface AnonymousRequest {
  /** The socket's peer; what a header says of an address is never asked. */
  readonly peerAddress: string
  /** Names in lower case, as node:http gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** What the settings say of one group. */
export interface AnonymousPolicy {
  /** `groups.G.anonymous.networks`: addresses and CIDR networks. Absent: loopback only, and proven direct. */
  readonly networks: readonly string[] | undefined
  /** `externalUrl`, when set. */
  readonly externalUrl: string | undefined
}

/** `reason` completes "credentials are needed because ...", for logs and messages. */
export type AnonymousDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: string }

export type AnonymousGate = (request: AnonymousRequest) => AnonymousDecision

const ALLOWED: AnonymousDecision = { allowed: true }
const OUTSIDE_NETWORKS = refusal('this address is in none of the networks that may pull anonymously')
const NOT_LOOPBACK = refusal('the request does not come from this host')
const HOST_NOT_LOOPBACK = refusal('the Host header does not name a loopback address')
const NOT_SAME_ORIGIN = refusal('the request was sent by a web page of another origin')
const EXTERNAL_URL_NOT_LOOPBACK = refusal('externalUrl says that this server is reached from elsewhere')

/**
 * Compiles a group's policy into the test used per request.
 *
 * With networks the peer's address alone decides. Without, only this host's own clients pull anonymously, and
 * only when nothing hints at somebody else behind them: a reverse proxy (Forwarded and its like, Via, a Host or
 * externalUrl that is not loopback) or a web page in a browser here (Origin, Sec-Fetch-Site, and for DNS
 * rebinding the Host).
 *
 * @throws NetworkSyntaxError
 */
export function compileAnonymousPolicy(policy: AnonymousPolicy): AnonymousGate {
  const { networks, externalUrl } = policy
  if (networks !== undefined) {
    const isInNetworks = compileNetworks(networks)
    return ({ peerAddress }) => (isInNetworks(peerAddress) ? ALLOWED : OUTSIDE_NETWORKS)
  }
  if (externalUrl !== undefined && !isLoopbackUrl(externalUrl)) return () => EXTERNAL_URL_NOT_LOOPBACK
  return ({ peerAddress, headers }) => {
    if (!isLoopbackAddress(peerAddress)) return NOT_LOOPBACK
    const { host } = headers
    if (typeof host !== 'string' || !isLoopbackHost(host)) return HOST_NOT_LOOPBACK
    return refusalByHeaders(headers) ?? ALLOWED
  }
}

/** The decision for one request. Where requests come in numbers, compile the policy once instead. */
export function mayPullAnonymously(request: AnonymousRequest, policy: AnonymousPolicy): boolean {
  return compileAnonymousPolicy(policy)(request).allowed
}

/** A header counts by being there, empty or not. */
function refusalByHeaders(headers: AnonymousRequest['headers']): AnonymousDecision | undefined {
  for (const name in headers) {
    if (headers[name] === undefined) continue
    switch (name) {
      case 'origin':
      case 'forwarded':
      case 'x-real-ip':
      case 'via':
        return refusal(`the request has the header ${name}`)
      case 'sec-fetch-site':
        // A page on another port of this host ("same-site") is somebody else's page too.
        if (headers[name] !== 'same-origin' && headers[name] !== 'none') return NOT_SAME_ORIGIN
        break
      default:
        if (name.startsWith('x-forwarded-')) return refusal(`the request has the header ${name}`)
    }
  }
  return undefined
}

function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && isLoopbackHost(new URL(url).host)
}

function refusal(reason: string): AnonymousDecision {
  return { allowed: false, reason }
}
