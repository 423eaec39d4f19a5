import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import { parseRepository } from '../../src/oci/reference.ts'
import { HttpUpstream } from '../../src/upstream/http-upstream.ts'
import { MAX_LIST_BYTES } from '../../src/upstream/list-pages.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { ScriptedExchange } from '../support/scripted-upstream/exchange.ts'
import { jsonReply, type Reply } from '../support/scripted-upstream/reply.ts'

const REPOSITORY = parseRepository('library/app')
const SUBJECT = digestOf(Buffer.from('subject'))
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'

let answer: (page: number) => Reply
let asked: number
let registry: ScriptedExchange
let upstream: HttpUpstream

beforeEach(async () => {
  asked = 0
  registry = new ScriptedExchange(() => {
    asked += 1
    return answer(asked)
  })
  await registry.start()
  upstream = new HttpUpstream({
    name: 'docker.io',
    url: new URL(registry.url),
    tokenHosts: [],
    allowNetworks: [],
    clock: new FakeClock(),
    userAgent: 'test',
  })
})

afterEach(async () => {
  await upstream.close()
  await registry.stop()
})

const onward = (page: number) => ({ link: `<?page=${page + 1}>; rel="next"` })

describe('a list without end', () => {
  test('is read for a hundred pages', async () => {
    answer = (page) => jsonReply(200, { tags: [`t${page}`] }, onward(page))
    const { tags, isWhole } = await upstream.fetchTags(REPOSITORY, {})
    expect([tags.length, isWhole, asked]).toEqual([100, false, 100])
  })

  test('of referrers is refused: a part would hide signatures', async () => {
    const head = { 'content-type': OCI_INDEX }
    answer = (page) => ({ ...jsonReply(200, { manifests: [] }), headers: { ...head, ...onward(page) } })
    await expect(upstream.fetchReferrers(REPOSITORY, SUBJECT, {})).rejects.toMatchObject({ code: 'invalid' })
  })
})

test('pages that are too long together are read no further', async () => {
  const padding = 'x'.repeat(MAX_LIST_BYTES / 3)
  answer = (page) => jsonReply(200, { tags: [`t${page}`], padding }, onward(page))
  const { tags, isWhole } = await upstream.fetchTags(REPOSITORY, {})
  expect([tags, isWhole]).toEqual([['t1', 't2'], false])
})

test('what is no tag is left out, and null is none', async () => {
  answer = () => jsonReply(200, { tags: ['ok', '../x', 7, 'a b', ''] })
  expect((await upstream.fetchTags(REPOSITORY, {})).tags).toEqual(['ok'])
  answer = () => jsonReply(200, { tags: null })
  expect((await upstream.fetchTags(REPOSITORY, {})).tags).toEqual([])
})

test.each([
  ['a page that is no JSON', () => ({ ...jsonReply(200, {}), body: Buffer.from('<html>') }), 'invalid'],
  ['a page without tags', () => jsonReply(200, { tags: 'all' }), 'invalid'],
  ['an encoding', () => jsonReply(200, { tags: [] }, { 'content-encoding': 'gzip' }), 'invalid'],
  ['404', () => jsonReply(404, {}), 'not-found'],
  ['400 twice', () => jsonReply(400, {}), 'failed'],
])('%s', async (_, reply, code) => {
  answer = reply
  await expect(upstream.fetchTags(REPOSITORY, {})).rejects.toMatchObject({ code })
})

test('referrers as something that is no index are none that the registry knows of', async () => {
  answer = () => jsonReply(200, { manifests: [] })
  await expect(upstream.fetchReferrers(REPOSITORY, SUBJECT, {})).rejects.toMatchObject({ code: 'not-found' })
})
