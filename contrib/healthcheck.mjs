// healthcheck.mjs HOST:PORT exits with 0 when the server in this container answers on that port: over HTTPS when it
// has a certificate (whose names are not looked at: clients reach the server by another), else over HTTP.
import http from 'node:http'
import https from 'node:https'

const TIMEOUT_MS = 4_000

const port = /:(\d+)$/.exec(process.argv[2] ?? '')?.[1] ?? 5000
const options = { host: '127.0.0.1', port, path: '/healthz', timeout: TIMEOUT_MS, rejectUnauthorized: false }

function ask({ get }) {
  return new Promise((resolve) => {
    const asked = get(options, ({ statusCode }) => resolve(statusCode === 200))
    asked.on('timeout', () => asked.destroy()).on('error', () => resolve(false))
  })
}

const isHealthy = (await ask(http)) || (await ask(https))
process.exit(isHealthy ? 0 : 1)
