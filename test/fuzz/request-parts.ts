import type { IncomingMessage } from 'node:http'
import { acceptedManifest } from '../../src/oci/accept.ts'
import { OciError } from '../../src/oci/errors.ts'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import { artifactTypeOf, parseTagRange } from '../../src/oci/list-query.ts'
import { OCI_INDEX } from '../../src/oci/media-types.ts'
import { originOf } from '../../src/server/client-address.ts'
import { ControlError } from '../../src/server/control/errors.ts'
import { printable } from '../../src/server/printable.ts'
import { parseJson } from '../../src/server/routes/json-body.ts'
import { groupBody, mintBody, tokenBody } from '../../src/server/schemas/access.ts'
import { read } from '../../src/server/schemas/read.ts'
import { noneMatch, rangeApplies } from '../../src/server/v2/conditional.ts'
import type { FuzzedParser } from './fuzzed-parser.ts'

/** As node gives it, with this text in all that says where it came from. */
function from(text: string): IncomingMessage {
  const names = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'host']
  const headers = Object.fromEntries(names.map((name) => [name, text]))
  return { socket: { remoteAddress: '10.0.0.1' }, headers } as unknown as IncomingMessage
}

/** What stands in a request besides its path and its credentials. */
export const REQUEST_PARTS: readonly FuzzedParser[] = [
  {
    name: 'Accept',
    read: (text) => acceptedManifest(text, OCI_INDEX, 'index'),
    throws: [],
    words: [OCI_INDEX, 'application/*', '*/*', ';q=0', ';q=0.000', ',', '"', '\\', ' '],
    floods: [',', ';', '"', '\\', 'a/b,', ';q=0', ' '],
  },
  {
    name: 'If-None-Match and If-Range',
    read: (text) => [noneMatch(text, '"a"'), rangeApplies(text, '"a"')],
    throws: [],
    words: ['"a"', 'W/', ',', '*', ' ', '"'],
    floods: [',', 'W/', '"a",', ' ', '*'],
  },
  {
    name: 'Host and X-Forwarded-*',
    read: (text) => originOf(from(text), (address) => address.startsWith('10.')),
    throws: [],
    words: ['10.0.0.2', '203.0.113.7', '::1', ',', ' ', '[', ']', ':5000', 'https', 'a.test', '%'],
    floods: [',', '10.0.0.2,', ' ', ':', '[', 'a.', '1'],
  },
  {
    name: 'the query of a list of tags',
    read: parseTagRange,
    throws: [OciError],
    words: ['n=', '10', '-1', '&', 'last=', 'latest', '%', '%2f', '+', '='],
    floods: ['n=1&', '&', '%', '=', 'last=', '%41'],
  },
  {
    name: 'the query of a list of referrers',
    read: artifactTypeOf,
    throws: [OciError],
    words: ['artifactType=', 'application/spdx%2Bjson', '&', '%', '+', '='],
    floods: ['artifactType=&', '&', '%', '=', '+'],
  },
  {
    name: 'the name of a group',
    read: parseGroupPath,
    throws: [OciError],
    words: ['acme', '/', '-', '.', '_', '..', 'A', '%'],
    floods: ['a/', '/', 'a-', '.', '_'],
  },
  {
    name: 'an order for the credential of a job',
    read: (text) => read(mintBody, parseJson(text)),
    throws: [ControlError],
    words: [
      '{"group":"acme"',
      ',"ttl":"',
      '1h',
      '"',
      ',"repositories":["a/**"]',
      ',"upstreamAuth":{"docker.io":{"username":"u","password":"p"}}',
      ',"__proto__":{}',
      '}',
      ',',
      'null',
      '[',
    ],
    floods: ['[', '{"group":', '{"a":1,', '"', ' '],
  },
  {
    name: 'an order for a token or a group',
    read: (text) => [read(tokenBody, parseJson(text)), read(groupBody, parseJson(text))],
    throws: [ControlError],
    words: [
      '{"name":"a"',
      ',"role":"pull"',
      ',"groups":["acme"]',
      ',"repositories":[]',
      ',"ttl":"',
      '9d',
      '"',
      '}',
    ],
    floods: ['[', '{"name":', '"', ' '],
  },
  {
    name: 'what is shown of a stranger',
    read: printable,
    throws: [],
    words: ['a', '\u001b[2K', '\r', '\n', '\0', '\u009b'],
    floods: ['\u001b', 'a', '\0'],
  },
]
