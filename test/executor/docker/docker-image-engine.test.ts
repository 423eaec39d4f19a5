import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { DockerImageEngine } from '../../../src/executor/docker/docker-image-engine.ts'
import { openDocker } from '../../../src/executor/docker/engine-address.ts'

const ORDER = { reference: 'busybox:1.35', login: undefined, platform: undefined }
const FIRST_LINE = '{"status":"Downloading","id":"a","progressDetail":{"current":1,"total":9}}\n'

describe('a pull that is running', () => {
  test('ends with the reason of who stops it', async () => {
    await using host = await engineThat((reply) => reply.write(FIRST_LINE))
    const stop = new AbortController()
    const pull = host.engine.pull(ORDER, () => stop.abort(new Error('canceled')), stop.signal)
    await expect(pull).rejects.toThrow('canceled')
  })

  test('fails when the connection to the engine breaks, and when the reply ends too early', async () => {
    const breaks = (reply: ServerResponse) => reply.write(FIRST_LINE, () => reply.destroy())
    for (const answer of [breaks, (reply: ServerResponse) => reply.end(FIRST_LINE)]) {
      await using host = await engineThat(answer)
      const pull = host.engine.pull(ORDER, () => undefined, new AbortController().signal)
      await expect(pull).rejects.toMatchObject({ name: 'ImagePullError', code: 'ENGINE' })
    }
  })

  test('tells how far it is, and what the tag led to', async () => {
    const digest = `sha256:${'a'.repeat(64)}`
    const end = `{"status":"Digest: ${digest}"}\n{"status":"Status: Downloaded newer image for busybox:1.35"}\n`
    await using host = await engineThat((reply) => reply.end(FIRST_LINE + end))
    const seen: object[] = []
    const pull = host.engine.pull(ORDER, (layer) => seen.push(layer), new AbortController().signal)
    expect(await pull).toEqual({ digest })
    expect(seen).toEqual([{ layer: 'a', bytes: 1, totalBytes: 9 }])
  })
})

/** Something that answers a pull as an engine would, and then goes its own way. */
async function engineThat(answer: (reply: ServerResponse) => unknown) {
  const server = createServer((_request, reply) => {
    reply.writeHead(200, { 'content-type': 'application/json' })
    answer(reply)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const address = { host: `tcp://127.0.0.1:${port}`, tlsCertPath: undefined, tlsVerify: false }
  return {
    engine: new DockerImageEngine(openDocker(address)),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
