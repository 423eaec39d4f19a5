import { findCoverage } from '../../src/cli/run/view/find-coverage.ts'
import { printableLine, printableText } from '../../src/cli/run/view/printable-line.ts'
import { readDockerConfig } from '../../src/executor/auth/docker-config.ts'
import { CredentialSourceError } from '../../src/executor/auth/errors.ts'
import { loginIn, readHelperReply } from '../../src/executor/auth/helper-reply.ts'
import { findOwner } from '../../src/executor/docker/file-owner.ts'
import { listeningPorts } from '../../src/executor/docker/listening-ports.ts'
import { toPullError } from '../../src/executor/docker/pull-failure.ts'
import { parseGoDuration } from '../../src/executor/job/go-duration.ts'
import { compilePattern } from '../../src/executor/stages/files/compile-pattern.ts'
import { compileGlob, GlobSyntaxError } from '../../src/oci/glob.ts'
import { readPattern } from '../../src/pipeline/expression/pattern.ts'
import { readRemoteUrl } from '../../src/pipeline/git/remote-url.ts'
import { readDotenv } from '../../src/pipeline/variables/dotenv.ts'
import type { FuzzedParser } from './fuzzed-parser.ts'

const COVERAGE = readPattern('/Lines\\s*:?\\s*(\\d+(?:\\.\\d+)?)%?/')

/** What jobs, their images and the programs on their way say. */
export const JOB_TEXTS: readonly FuzzedParser[] = [
  {
    name: '.dockercfg',
    read: (text) => readDockerConfig(text, '.dockercfg'),
    throws: [CredentialSourceError],
    words: ['{"a.test":', '{"auth":"YTpi"', ',"email":"a"', '}', ',', '"', '\\"', "'", '{', 'null'],
    floods: ['{"a":', '[', '"', '\\"', ',', '\n'],
  },
  {
    name: 'the answer of a credential helper',
    read: (text) => loginIn(readHelperReply(text) ?? {}),
    throws: [],
    words: ['{"Username":"', '<token>', '"', ',"Secret":"', 's', '}', '[', 'null', ',"secret":1', '"a"'],
    floods: ['[', '{"a":', '"', ' ', '{"Secret":"'],
  },
  {
    name: 'the sentence of an engine that could not pull',
    read: (text) => toPullError(text, 500, undefined),
    throws: [],
    words: [
      '(HTTP code 500) ',
      'server error - ',
      'unexpected status code ',
      ': 503 ',
      'Get "https://a.test/v2/": ',
      'dial tcp ',
      'lookup a on ',
      'toomanyrequests',
      '"',
      ' for ',
      '429',
    ],
    floods: ['unexpected status ', 'unexpected HTTP 5', '"', ' ', ' for a', 'a', '(HTTP code 1) ', '5'],
  },
  {
    name: "an image's /etc/passwd and /etc/group",
    read: (text) => findOwner('node:staff', text, text),
    throws: [],
    words: ['node', ':', 'x', '1000', '\n', 'staff', '-1', '1e9'],
    floods: [':', '\n', 'node:', 'node:x:1:1\n', '9'],
  },
  {
    name: "a service's /proc/net/tcp",
    read: (text) => listeningPorts(text, false),
    throws: [],
    words: ['0: ', '00000000:1F90 ', '0100007F:0050 ', '0A ', '\n', ' ', ':', 'ZZ'],
    floods: [' ', '\n', ':', '0A '],
  },
  {
    name: 'a dotenv report',
    read: (text) => readDotenv('build.env', text),
    throws: [],
    words: ['A', '=', 'b', '\n', ' ', '"', '#', '\r'],
    floods: ['=', '\n', ' ', 'A=b\n', 'A'],
  },
  {
    name: 'a line of a log, shown among others',
    read: (text) => [printableLine(text, { hasColours: true }), printableText(text)],
    throws: [],
    words: [
      'a',
      '\u001b[',
      '31m',
      '2K',
      '\u001b]0;',
      '\u0007',
      '\u001b\\',
      '\r',
      'section_start:1:a',
      '\u009b',
      '\u202e',
    ],
    floods: [
      '\u001b[',
      '\u001b]',
      '\u001bP',
      '\u001b[1;',
      '\r',
      '\u001b[31m',
      'section_end:1:',
      ' ',
      '\u001b ',
    ],
  },
  {
    name: 'a line of a log, with the coverage in it',
    read: (text) => findCoverage(COVERAGE, text),
    throws: [],
    words: ['Lines', ' ', ':', '98', '.5', '%', 'covered'],
    floods: ['1', '1.', 'Lines ', ' ', 'Lines 1'],
  },
  {
    name: 'the remote of a work tree',
    read: readRemoteUrl,
    throws: [],
    words: ['https://', 'git@', 'git.test', ':', '/', 'acme', '.git', '%', '..', 'ssh://', '[::1]'],
    floods: [':', '/', '@', 'a/', '[', '%', '.git/', '../'],
  },
  {
    name: 'a duration in a variable',
    read: parseGoDuration,
    throws: [],
    words: ['1', 'h', 'm', 's', 'ms', '.', '-', ' '],
    floods: ['1h', '1', '1.', 'm', '1ms', '1.1'],
  },
  {
    name: 'a pattern of artifacts',
    read: (text) => compilePattern(text)('a/b/c.txt'),
    throws: [GlobSyntaxError],
    words: ['a', '*', '**/', '/', '{', ',', '}', '[', ']', '!', '-', '\\', '?'],
    floods: ['*', '**/', '{', '{a,', '{a}', '{,', '}', '[', '[a]', '\\', 'a/', '?'],
    shortBytes: 1000,
  },
  {
    name: 'the path of an artifact',
    read: compilePattern('**/a*b*/**/*.{txt,log}'),
    throws: [],
    words: ['a', 'b', '/', '.txt', '.log', '..'],
    floods: ['a', 'ab', 'a/', '/', 'ab/', '.txt'],
  },
  {
    name: 'a pattern of repositories',
    read: (text) => compileGlob(text)('library/app'),
    throws: [GlobSyntaxError],
    words: ['library', '/', '*', '**', '?', '[', 'a-z', '!', ']'],
    floods: ['*', '**', '[', '[a]', '?', '[!', 'a'],
  },
]
