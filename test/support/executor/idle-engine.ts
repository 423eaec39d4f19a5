import { once } from 'node:events'
import { createServer } from 'node:http'

const ANSWERS: Readonly<Record<string, unknown>> = {
  info: { Name: 'idle', OSType: 'linux', OperatingSystem: 'Linux', SecurityOptions: [] },
  version: { Version: '29.0.0', ApiVersion: '1.52', Os: 'linux', Arch: 'amd64' },
  'containers/json': [],
  networks: [],
  volumes: { Volumes: [], Warnings: [] },
}

/** What a runner takes for a Docker Engine until it has a job: that ends with the first thing it wants of it. */
export async function startIdleEngine(socketPath: string): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*/, '').replace(/^\/(v[\d.]+\/)?/, '')
    const answer = ANSWERS[path]
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? { message: 'this engine runs nothing' }))
  })
  server.listen(socketPath)
  await once(server, 'listening')
  return {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
