import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { ListenAddress } from '../config/settings.ts'

/** @returns the URL, with the real port. @throws the error of the socket */
export async function listen(
  app: FastifyInstance,
  { host, port }: ListenAddress,
  scheme: 'http' | 'https',
): Promise<string> {
  await app.listen({ host, port })
  const bound = app.server.address() as AddressInfo
  const shown = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
  return `${scheme}://${shown}:${bound.port}`
}
