import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Certificate } from './certificate.ts'
import type { ConnectionLimits } from './connection-limits.ts'

/** A server that speaks HTTP, over TLS when it has a certificate. The limits are the same. */
export function createHttpServer(
  limits: ConnectionLimits,
  certificate: Certificate | undefined,
  listener: RequestListener,
): Server {
  const options = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.checkMs,
    maxHeaderSize: limits.maxHeaderBytes,
  }
  const server =
    certificate === undefined
      ? createServer(options, listener)
      : // Until the handshake is over, no other limit counts.
        createTlsServer({ ...options, ...certificate.shown, handshakeTimeout: limits.headersMs }, listener)
  server.maxConnections = limits.maxConnections
  server.maxHeadersCount = limits.maxHeaderCount
  if ('setSecureContext' in server) certificate?.follow(server)
  return server
}
