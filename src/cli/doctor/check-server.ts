import { createServer } from 'node:net'
import { formatListenAddress } from '../../config/listen-address.ts'
import type { ListenAddress } from '../../config/settings.ts'
import type { FoundServer } from '../find-server.ts'
import { reachableUrl } from '../server-url.ts'
import type { Finding } from './finding.ts'
import { probe, probeTrouble } from './http-probe.ts'

/** A server that runs answers and is ready; for one that does not, its addresses are free. */
export async function checkServer({ about, isRunning, settings }: FoundServer): Promise<Finding[]> {
  if (isRunning) {
    const { pid, version } = about
    return Promise.all(about.addresses.map((address) => checkReady(address, `${version}, process ${pid}`)))
  }
  return Promise.all(settings.listen.map(checkFree))
}

async function checkReady(address: string, who: string): Promise<Finding> {
  try {
    const { status, body } = await probe(new URL('/readyz', reachableUrl(address)), { anyCertificate: true })
    const message = `runs at ${address} (${who})`
    if (status === 200) return { check: 'server', status: 'ok', message }
    return {
      check: 'server',
      status: 'fail',
      message: `${message}, not ready: ${body}`,
      advice: 'see its log',
    }
  } catch (error) {
    const message = `runs (${who}), but does not answer at ${address}: ${probeTrouble(error)}`
    return { check: 'server', status: 'fail', message, advice: 'see its log; restart it' }
  }
}

async function checkFree(address: ListenAddress): Promise<Finding> {
  const shown = formatListenAddress(address)
  const error = await tryToListen(address)
  if (error === undefined) {
    const message = `does not run; ${shown} is free`
    return { check: 'server', status: 'warn', message, advice: 'start it: entrepot serve' }
  }
  const message = `does not run, and cannot listen on ${shown}: ${error.code}`
  const advice =
    error.code === 'EADDRINUSE'
      ? 'another program listens there: stop it, or choose another address (listen)'
      : 'choose another address (listen)'
  return { check: 'server', status: 'fail', message, advice }
}

function tryToListen({ host, port }: ListenAddress): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', resolve)
    server.listen({ host, port }, () => server.close(() => resolve(undefined)))
  })
}
