import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RemoteIncludes } from '../../../src/cli/run/remote-includes.ts'

const TEXT = 'far: {script: x}\n'
const INTEGRITY = `sha256-${createHash('sha256').update(TEXT).digest('base64')}`
const MAX_BYTES = 1000

let project: string
let server: Server
let answer: RequestListener
let asked: { readonly url: string; readonly etag: string | undefined }[]
let base: string

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'entrepot-includes-'))
  asked = []
  answer = (_, reply) => reply.setHeader('etag', '"one"').end(TEXT)
  server = createServer((request, reply) => {
    asked.push({ url: request.url ?? '', etag: request.headers['if-none-match'] })
    answer(request, reply)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(project, { recursive: true, force: true })
})

function includes(deadlineMs?: number): RemoteIncludes {
  return new RemoteIncludes(project, {}, deadlineMs)
}

describe('a file of another server', () => {
  test('is asked for again, and read from its copy when it is the same', async () => {
    expect(await includes().fetch(`${base}/a.yml`, undefined, MAX_BYTES)).toBe(TEXT)
    answer = (_, reply) => reply.writeHead(304).end()
    const again = includes()
    expect(await again.fetch(`${base}/a.yml`, undefined, MAX_BYTES)).toBe(TEXT)
    expect(asked.map(({ etag }) => etag)).toEqual([undefined, '"one"'])
    expect(again.notes).toEqual([])
  })

  test('is kept where git does not see it', async () => {
    await includes().fetch(`${base}/a.yml`, undefined, MAX_BYTES)
    expect(await readdir(join(project, '.entrepot/includes'))).toHaveLength(1)
    expect(await readFile(join(project, '.entrepot/.gitignore'), 'utf8')).toBe('*\n')
  })

  test('whose content is known is not asked for twice', async () => {
    await includes().fetch(`${base}/a.yml`, INTEGRITY, MAX_BYTES)
    expect(await includes().fetch(`${base}/a.yml`, INTEGRITY, MAX_BYTES)).toBe(TEXT)
    expect(asked).toHaveLength(1)
  })

  test('is followed to where it is', async () => {
    answer = (request, reply) =>
      request.url === '/a.yml' ? reply.writeHead(302, { location: '/b.yml' }).end() : reply.end(TEXT)
    expect(await includes().fetch(`${base}/a.yml`, undefined, MAX_BYTES)).toBe(TEXT)
    expect(asked.map(({ url }) => url)).toEqual(['/a.yml', '/b.yml'])
  })

  test.each([
    { name: 'an error of the server', status: 503, why: 'was answered with 503 Service Unavailable' },
    { name: 'too many requests', status: 429, why: 'was answered with 429 Too Many Requests' },
  ])('is read from its copy after $name, which is noted', async ({ status, why }) => {
    await includes().fetch(`${base}/a.yml?private_token=s3cret-of-ci`, undefined, MAX_BYTES)
    answer = (_, reply) => reply.writeHead(status).end()
    const later = includes()
    expect(await later.fetch(`${base}/a.yml?private_token=s3cret-of-ci`, undefined, MAX_BYTES)).toBe(TEXT)
    expect(later.notes).toEqual([expect.stringContaining(`${base}/a.yml ${why}: the copy of 2`)])
  })

  test('is read from its copy when nobody is there', async () => {
    await includes().fetch(`${base}/a.yml`, undefined, MAX_BYTES)
    server.close()
    server.closeAllConnections()
    const later = includes()
    expect(await later.fetch(`${base}/a.yml`, undefined, MAX_BYTES)).toBe(TEXT)
    expect(later.notes).toEqual([expect.stringContaining('cannot be reached (ECONNREFUSED)')])
  })

  test.each([
    { name: 'not there', status: 404, body: '', why: 'was answered with 404 Not Found' },
    { name: 'too large', status: 200, body: 'x'.repeat(MAX_BYTES + 1), why: 'is larger than 1000 bytes' },
    { name: 'elsewhere for ever', status: 302, body: '', why: 'redirects more than 5 times' },
    { name: 'down', status: 500, body: '', why: 'was answered with 500 Internal Server Error' },
  ])('that is $name is refused', async ({ status, body, why }) => {
    answer = (_, reply) => reply.writeHead(status, { location: '/a.yml' }).end(body)
    await expect(includes().fetch(`${base}/a.yml`, undefined, MAX_BYTES)).rejects.toMatchObject({
      code: 'REMOTE_FILE_UNREADABLE',
      message: why,
    })
  })

  test('that has changed is refused where its content is known', async () => {
    answer = (_, reply) => reply.end('other: {script: x}\n')
    await expect(includes().fetch(`${base}/a.yml`, INTEGRITY, MAX_BYTES)).rejects.toThrow(
      /^is not what integrity says: it is sha256-/,
    )
    expect(await readdir(project)).toEqual([])
  })

  test('that does not come is not waited for', async () => {
    answer = (_, reply) => reply.writeHead(200).write('f')
    await expect(includes(50).fetch(`${base}/a.yml`, undefined, MAX_BYTES)).rejects.toThrow(
      'did not answer within 0.05 s',
    )
  })
})
