import { readAuthorization } from '../../src/auth/authorization.ts'
import { readSecret } from '../../src/auth/secret.ts'
import { readTokenForm, readTokenQuery } from '../../src/auth/token-request.ts'
import { readDockerConfig } from '../../src/executor/auth/docker-config.ts'
import { CredentialSourceError } from '../../src/executor/auth/errors.ts'
import { RunnerConfigError } from '../../src/executor/config/config-error.ts'
import { readRunnerFile } from '../../src/executor/config/read-runner-file.ts'
import { JobInvalid } from '../../src/executor/job/job-invalid.ts'
import { readJob } from '../../src/executor/job/read-job.ts'
import { parseChallenges } from '../../src/oci/challenge.ts'
import { OciError } from '../../src/oci/errors.ts'
import { parseImageName } from '../../src/oci/image-name.ts'
import { nextLink } from '../../src/oci/link.ts'
import { parseManifest } from '../../src/oci/manifest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-types.ts'
import { findMount } from '../../src/oci/mount.ts'
import { namespaceOf } from '../../src/oci/namespace-query.ts'
import { parseContentRange, parseRange } from '../../src/oci/range.ts'
import { readReferrers } from '../../src/oci/referrers.ts'
import { parseRegistryHost } from '../../src/oci/registry-host.ts'
import { parseOciRequest } from '../../src/oci/request.ts'
import { parseScopes } from '../../src/oci/scope.ts'
import { parseRetryAfter } from '../../src/upstream/retry-after.ts'
import { readTagsPage } from '../../src/upstream/tags-page.ts'
import { aCache, aTar, aZip } from './archives.ts'
import { COORDINATOR_REPLIES } from './coordinator-replies.ts'
import type { FuzzedParser } from './fuzzed-parser.ts'
import { JOB_TEXTS } from './job-texts.ts'
import { PIPELINE_TEXTS } from './pipeline-texts.ts'
import { REQUEST_PARTS } from './request-parts.ts'
import { aToken, theClaimsOfAToken } from './token-texts.ts'
import { UPSTREAM_REPLIES } from './upstream-replies.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const TOML = { file: 'config.toml', dockerHost: 'unix:///var/run/docker.sock', env: {} }

export const PARSERS: readonly FuzzedParser[] = [
  {
    name: 'the path of a request',
    read: (text) => parseOciRequest('GET', `/v2/${text}`),
    throws: [OciError],
    words: [
      '/',
      'library',
      'app',
      '/manifests/',
      '/blobs/',
      '/tags/list',
      '..',
      '%2f',
      '%',
      '?ns=',
      DIGEST,
      'A',
    ],
    floods: ['a/', '/', '%2f', 'a.', 'a-', '/manifests/', 'dependency_proxy/', '?ns=a&'],
  },
  {
    name: 'a mounted path',
    read: findMount,
    throws: [],
    words: ['/v2/', '/', 'ghcr.io', '..', 'a'],
    floods: ['/v2', '/', 'a/'],
  },
  {
    name: 'the query ns',
    read: namespaceOf,
    throws: [OciError],
    words: ['ns=', '&', 'docker.io', ':', '%', '[', ']'],
    floods: ['ns=', '&', 'ns=a&'],
  },
  {
    name: 'the name of an image',
    read: parseImageName,
    throws: [OciError],
    words: ['docker.io/', 'library/', 'app', ':', '@', DIGEST, '.', '_', '-', 'localhost:5000/'],
    floods: ['a/', 'a.', 'a_', 'a--', ':', '@', 'a:'],
  },
  {
    name: 'a registry',
    read: parseRegistryHost,
    throws: [OciError],
    words: ['a', '.', ':', '[::1]', '443', '-'],
    floods: ['a.', '-', ':', '['],
  },
  {
    name: 'Range',
    read: (text) => parseRange(text, 1_000),
    throws: [],
    words: ['bytes', '=', '-', ',', '0', '99', ' '],
    floods: ['0-1,', '9', ',', ' ', 'bytes='],
  },
  {
    name: 'Content-Range',
    read: parseContentRange,
    throws: [],
    words: ['bytes ', '0-9', '/', '*', '10', '-'],
    floods: ['9', ' ', '/', '0-'],
  },
  {
    name: 'WWW-Authenticate',
    read: parseChallenges,
    throws: [],
    words: ['Bearer ', 'Basic ', 'realm=', '"', '\\', ',', 'scope="a:b:pull"', ' ', '='],
    floods: ['Bearer ', 'a="b",', '"', '\\"', ' ', ',', 'a=', 'a '],
  },
  {
    name: 'Authorization',
    read: readAuthorization,
    throws: [],
    words: ['Basic ', 'Bearer ', 'YTpi', '=', ':', ' '],
    floods: [' ', 'YTpi', 'Basic '],
  },
  {
    name: 'a secret',
    read: readSecret,
    throws: [],
    words: ['ept_', 'epj_', '_', 'a', '0'],
    floods: ['ept_', '_', 'a'],
  },
  {
    name: 'a scope',
    read: parseScopes,
    throws: [],
    words: ['repository:', 'a/b', ':pull', ',push', ' ', ':'],
    floods: [':', ' ', 'a:b:c ', ','],
  },
  {
    name: 'Link',
    read: nextLink,
    throws: [],
    words: ['<', '>', '; rel="next"', ',', ';', 'rel=next', '"'],
    floods: ['<', '>', '<a>;', ',', ';', '"', 'rel=', ' '],
  },
  {
    name: 'Retry-After',
    read: (text) => parseRetryAfter(text, 0),
    throws: [],
    words: ['120', 'Wed, 21 Oct 2026 07:28:00 GMT', '-', ' '],
    floods: ['9', ' ', 'Wed, '],
  },
  {
    name: 'the query of a token request',
    read: (text) => [readTokenQuery(new URLSearchParams(text)), readTokenForm(new URLSearchParams(text))],
    throws: [],
    words: ['service=', 'scope=', 'repository:a:pull', '&', 'grant_type=', 'password', '=', '%'],
    floods: ['scope=a:b:c&', '&', 'service=', '%20'],
  },
  {
    name: 'an image manifest',
    read: (text) => parseManifest(Buffer.from(text), OCI_MANIFEST),
    throws: [OciError],
    words: [
      '{"schemaVersion":2',
      ',"config":{',
      '"digest":"',
      DIGEST,
      '","size":1}',
      ',"layers":[',
      ']',
      '}',
      ',',
      '{',
    ],
    floods: ['[', '{"a":', '{"schemaVersion":2,', ' ', '"'],
  },
  {
    name: 'an index',
    read: (text) => parseManifest(Buffer.from(text), OCI_INDEX),
    throws: [OciError],
    words: ['{"schemaVersion":2', ',"manifests":[', '{"digest":"', DIGEST, '","size":1}', ']', '}', ','],
    floods: ['[', '{"manifests":[', ','],
  },
  {
    name: 'config.toml',
    read: (text) => readRunnerFile(text, TOML),
    throws: [RunnerConfigError],
    words: [
      '[[runners]]\n',
      '[runners.docker]\n',
      'concurrent = 1\n',
      'url = "https://a"\n',
      '"',
      '"""',
      "'",
      '=',
      '#',
      '\n',
      '[',
      ']',
      '.',
    ],
    floods: ['[[runners]]\n', '[', 'a.', '"', '#', '\n', 'a = 1\n'],
  },
  {
    name: "Docker's config.json",
    read: (text) => readDockerConfig(text, 'config.json'),
    throws: [CredentialSourceError],
    words: ['{"auths":{', '"a.test":', '{"auth":"YTpi"}', '}', '"credHelpers":', ',', '{', '"'],
    floods: ['{"auths":', '[', '{"a":', '"', ','],
  },
  {
    name: 'the payload of a job',
    read: (text) => readJob(asJson(text)),
    throws: [JobInvalid],
    words: [
      '{"id":1',
      ',"token":"t"',
      ',"variables":[',
      '{"key":"A","value":"$A"}',
      ']',
      ',"steps":[]',
      ',"image":{"name":"a"}',
      '}',
      ',',
      'null',
    ],
    floods: ['[', '{"id":', '{"variables":['],
  },
  {
    name: 'a page of tags',
    read: (text) => readTagsPage(Buffer.from(text)),
    throws: [OciError],
    words: ['{"tags":[', '"latest"', '"-"', ',', 'null', ']', '}', '{"tags":null}'],
    floods: ['[', '{"tags":[', '"a",'],
  },
  {
    name: 'a list of referrers',
    read: (text) => readReferrers(Buffer.from(text)),
    throws: [OciError],
    words: ['{"manifests":[', '{"digest":"', DIGEST, '","size":1,"mediaType":"a/b"}', ',', 'null', ']', '}'],
    floods: ['[', '{"manifests":[', '{},'],
  },
  ...REQUEST_PARTS,
  ...UPSTREAM_REPLIES,
  ...COORDINATOR_REPLIES,
  ...JOB_TEXTS,
  ...PIPELINE_TEXTS,
  aToken,
  theClaimsOfAToken,
  aZip,
  aTar,
  aCache,
]

/** What is no JSON is refused before a parser of values sees it. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
