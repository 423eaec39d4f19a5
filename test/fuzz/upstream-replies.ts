import type { IncomingHttpHeaders } from 'node:http'
import { redactText } from '../../src/redact.ts'
import { readBlobHead } from '../../src/upstream/blob-head.ts'
import { UpstreamError } from '../../src/upstream/errors.ts'
import { failedReply } from '../../src/upstream/failed-reply.ts'
import { readIssuedToken } from '../../src/upstream/issued-token.ts'
import { manifestHeadTrouble, saidDigest } from '../../src/upstream/manifest-reply.ts'
import { readRateLimit } from '../../src/upstream/rate-limit.ts'
import { decideRealm } from '../../src/upstream/realm-policy.ts'
import type { FuzzedParser } from './fuzzed-parser.ts'

const OWNER = { name: 'docker.io', url: new URL('https://registry-1.docker.io'), tokenHosts: ['auth.test'] }

/** What upstreams and their token servers answer, besides manifests and lists. */
export const UPSTREAM_REPLIES: readonly FuzzedParser[] = [
  {
    name: 'the answer of a token server',
    read: readIssuedToken,
    throws: [],
    words: [
      '{"token":"',
      'abc',
      '"',
      ',"access_token":"a"',
      ',"expires_in":',
      '300',
      '1e999',
      '-1',
      'null',
      '}',
      '[',
    ],
    floods: ['[', '{"token":', '"', '{"a":1,', ' ', '9'],
  },
  {
    name: 'the error of a registry',
    read: failed,
    throws: [],
    words: [
      '{"errors":[',
      '{"code":"DENIED"',
      ',"message":"',
      'see https://u:p@a.test/?sig=1 ',
      'Bearer aB3-_.~+/',
      'eyJhbGciOi.eyJzdWIi.c2ln',
      '"}',
      ']',
      '}',
      '{"details":"',
      'null',
      '\\u0000',
    ],
    floods: ['[', 'a', '{"errors":', '"'],
  },
  {
    name: 'the sentence of a stranger',
    read: redactText,
    throws: [],
    words: ['https://', 'a', '.', '@', '?', '&sig=', 'Basic ', 'eyJ', '-', 'epj_', '_', ' ', '/'],
    floods: ['a', '.a', 'eyJ-', 'a-', '://', 'https://', 'Basic ', 'Basic a', '?', '?sig', 'epj_', '@', ' '],
  },
  {
    name: 'realm',
    read: (text) => decideRealm(OWNER, text),
    throws: [],
    words: [
      'https://',
      'http://',
      'auth.docker.io',
      'auth.test',
      ':443',
      '/token',
      '@',
      '#',
      '?',
      '[::1]',
      '\\',
    ],
    floods: ['https://', 'a', '/', '@', '#', 'a.', '%2f'],
  },
  headers('RateLimit-Limit and -Remaining', ['ratelimit-limit', 'ratelimit-remaining'], readRateLimit, {
    words: ['100', ';', 'w=', '21600', ',', ' ', '-', '9'],
    floods: [';w=1', ',', '9', ' ', ';'],
  }),
  headers('Docker-Content-Digest', ['docker-content-digest'], saidDigest, {
    words: ['sha256:', 'sha512:', 'a'.repeat(64), 'A', ':', ' '],
    floods: ['a', ':', ' ', 'sha256:'],
  }),
  headers(
    'the head of a manifest',
    ['content-type', 'content-encoding', 'content-length'],
    manifestHeadTrouble,
    {
      words: [
        'application/',
        'vnd.oci.image.index.v1+json',
        ';',
        ' charset=utf-8',
        'gzip',
        '12',
        'text/html',
      ],
      floods: [';', ' ', 'a/', '9'],
    },
  ),
  headers('the head of a part', ['content-range', 'content-length'], (head) => readBlobHead(206, head, 0), {
    words: ['bytes ', '0-9', '/', '10', '*', '-'],
    floods: ['9', ' ', '-', '/'],
  }),
]

/** With its body as it may come: in two pieces. */
async function failed(text: string): Promise<UpstreamError> {
  const bytes = Buffer.from(text)
  const error = await failedReply({
    upstream: 'docker.io',
    server: 'registry',
    who: 'docker.io',
    asked: 'library/app:1',
    elsewhere: false,
    status: 500,
    headers: {},
    body: (async function* () {
      yield bytes.subarray(0, 10)
      yield bytes.subarray(10)
    })(),
    nowMs: 0,
  })
  if (!(error instanceof UpstreamError)) throw error
  return error
}

/** The same text in each of the headers. */
function headers(
  name: string,
  keys: readonly string[],
  read: (headers: IncomingHttpHeaders) => unknown,
  texts: Pick<FuzzedParser, 'words' | 'floods'>,
): FuzzedParser {
  const headersOf = (text: string) => Object.fromEntries(keys.map((key) => [key, text]))
  return { name, read: (text) => read(headersOf(text)), throws: [], ...texts }
}
