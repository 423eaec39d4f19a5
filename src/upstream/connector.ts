import { type LookupAddress, lookup as lookupName } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { SecureContext } from 'node:tls'
import { buildConnector } from 'undici'
import type { AddressPolicy } from './address-policy.ts'

/** The address that a name led to, or that stood in a URL, is not one we dial for this upstream. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError'
  readonly code = 'ADDRESS_REFUSED'

  constructor(host: string, addresses: readonly string[]) {
    const shown = addresses.filter((address) => address !== host).join(', ')
    const led = shown === '' ? host : `${host} (${shown})`
    super(`${led} is not a public address, and no network in allowNetworks holds it`)
  }
}

export interface ConnectorOptions {
  readonly policy: Pick<AddressPolicy, 'allows'>
  readonly secureContext: SecureContext | undefined
  readonly connectMs: number
  /** How names become addresses; default: the system's resolver. */
  readonly lookup?: typeof lookupName
}

/**
 * An undici connector that judges the address it dials, not the name: the answers of the resolver are filtered
 * before the socket picks one, so that a name which changes its mind between check and use gains nothing.
 */
export function buildGuardedConnector(options: ConnectorOptions): buildConnector.connector {
  const { policy, secureContext, connectMs } = options
  const connect = buildConnector({
    timeout: connectMs,
    lookup: guardedLookup(policy, options.lookup ?? lookupName),
    ...(secureContext === undefined ? {} : { secureContext }),
  })
  return (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/g, '')
    // A literal address is never looked up.
    if (isIP(host) !== 0 && !policy.allows(host)) {
      callback(new AddressRefusedError(host, []), null)
      return
    }
    connect(target, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null)
        return
      }
      const peer = socket.remoteAddress
      if (peer !== undefined && policy.allows(peer)) {
        callback(null, socket)
        return
      }
      socket.destroy()
      callback(new AddressRefusedError(host, peer === undefined ? [] : [peer]), null)
    })
  }
}

function guardedLookup(policy: ConnectorOptions['policy'], lookup: typeof lookupName): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) {
        callback(error, '')
        return
      }
      const allowed = found.filter(({ address }) => policy.allows(address))
      const [first] = allowed
      if (first === undefined) {
        const refused = new AddressRefusedError(
          hostname,
          found.map(({ address }) => address),
        )
        callback(refused, '')
      } else if (options.all === true) {
        callback(null, allowed)
      } else {
        callback(null, first.address, first.family)
      }
    })
  }
}
