import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JobTrace, type TraceOptions } from '../../../src/executor/trace/job-trace.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { CollectingSink } from './collecting-sink.ts'

function startTrace(options: Partial<TraceOptions> = {}) {
  const sink = new CollectingSink()
  const clock = new FakeClock(Date.parse('2026-08-22T00:44:03.123Z'))
  const trace = new JobTrace({
    sink,
    clock,
    hasSections: false,
    hasTimestamps: false,
    limitBytes: 1_000_000,
    tokenPrefixes: [],
    ...options,
  })
  return { trace, sink, clock }
}

test('lines of our own have the colours of GitLab', () => {
  const { trace, sink } = startTrace()
  trace.line('plain')
  trace.info('good')
  trace.warn('careful')
  trace.error('bad')
  expect(sink.text.split('\n')).toEqual([
    '\x1b[0Kplain\x1b[0;m',
    '\x1b[0K\x1b[32;1mgood\x1b[0;m',
    '\x1b[0K\x1b[0;33mWARNING: careful\x1b[0;m',
    '\x1b[0K\x1b[31;1mERROR: bad\x1b[0;m',
    '',
  ])
})

test('a section stands between marks, for a server that folds them', async () => {
  const { trace, sink, clock } = startTrace({ hasSections: true })
  const result = await trace.section('get_sources', 'Getting source', async () => {
    trace.write(Buffer.from('cloned\n'), 'stdout')
    clock.advance(2000)
    return 7
  })
  expect(result).toBe(7)
  expect(sink.text).toBe(
    'section_start:1787359443:get_sources\r\x1b[0K\x1b[0K\x1b[36;1mGetting source\x1b[0;m\ncloned\n' +
      'section_end:1787359445:get_sources\r\x1b[0K',
  )
})

test('a section that fails is closed; without sections there is the title', async () => {
  const { trace, sink } = startTrace()
  await expect(trace.section('a', 'Title', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(sink.text).toBe('\x1b[0K\x1b[36;1mTitle\x1b[0;m\n')
})

test('secrets are hidden in what containers write and in our own lines', () => {
  const { trace, sink } = startTrace({ tokenPrefixes: ['acme-'] })
  trace.hide(['hush-hush', ''])
  trace.write(Buffer.from('hush-'), 'stdout')
  trace.write(Buffer.from('other stream '), 'stderr')
  trace.write(Buffer.from('hush acme-12 ?private_token=3\n'), 'stdout')
  trace.error('login with hush-hush failed')
  expect(sink.text).toBe(
    'other stream [MASKED] acme-[MASKED] ?private_token=[MASKED]\n' +
      '\x1b[0K\x1b[31;1mERROR: login with [MASKED] failed\x1b[0;m\n',
  )
})

test('what is hidden later does not uncover what was hidden before', () => {
  const { trace, sink } = startTrace()
  trace.hide(['first'])
  trace.write(Buffer.from('first second '), 'stdout')
  trace.hide(['second'])
  trace.write(Buffer.from('first second '), 'stdout')
  expect(sink.text).toBe('[MASKED] second [MASKED] [MASKED] ')
})

test('what is no UTF-8 is replaced, a character that is cut is not', () => {
  const { trace, sink } = startTrace()
  const snowman = Buffer.from('☃')
  trace.write(Buffer.concat([Buffer.from([0xff]), snowman.subarray(0, 1)]), 'stdout')
  trace.write(snowman.subarray(1), 'stdout')
  trace.write(snowman.subarray(0, 2), 'stdout')
  trace.flush()
  expect(sink.text).toBe('\ufffd☃\ufffd')
})

test('with timestamps every line says when and from where; a long one is cut and goes on', () => {
  const { trace, sink } = startTrace({ hasTimestamps: true })
  const at = '2026-08-22T00:44:03.123000Z'
  trace.line('own')
  trace.write(Buffer.from('one\nt'), 'stdout')
  trace.write(Buffer.from('wo\nunfinished'), 'stdout')
  trace.write(Buffer.from(`${'x'.repeat(8192)}y\n`), 'stderr')
  trace.flush()
  expect(sink.text.split('\n')).toEqual([
    `${at} 00O \x1b[0Kown\x1b[0;m`,
    `${at} 01O one`,
    `${at} 01O two`,
    `${at} 01E ${'x'.repeat(8192)}`,
    `${at} 01E+y`,
    `${at} 01O unfinished`,
    '',
  ])
})

test('over its limit a log says so once and takes no more', () => {
  const { trace, sink } = startTrace({ limitBytes: 10 })
  trace.write(Buffer.from('12345678☃x'), 'stdout')
  trace.write(Buffer.from('more'), 'stdout')
  trace.error('more')
  expect(sink.text).toBe(
    "12345678\n\x1b[33;1mJob's log exceeded limit of 10 bytes.\n" +
      'Job execution will continue but no more output will be collected.\x1b[0;m\n',
  )
})

test('a log as long as its limit is whole', () => {
  const { trace, sink } = startTrace({ limitBytes: 10 })
  trace.write(Buffer.from('12345'), 'stdout')
  trace.write(Buffer.from('67890'), 'stdout')
  expect(sink.text).toBe('1234567890')
})

test.each([{ hasTimestamps: true }, { hasTimestamps: false }])(
  'any cut of the same output gives the same log, and no secret is in it ($hasTimestamps)',
  ({ hasTimestamps }) => {
    const secrets = ['s3cret', '3cr', 'é☃', 'two\nlines']
    const output = fc
      .array(
        fc.constantFrom(
          ...secrets,
          's3c',
          'ret',
          '☃',
          'é',
          '\n',
          ' ',
          '\xff',
          'glpat-',
          '🎉',
          'x'.repeat(5000),
        ),
        {
          maxLength: 20,
        },
      )
      .map((parts) =>
        Buffer.concat(parts.map((part) => Buffer.from(part, part === '\xff' ? 'latin1' : 'utf8'))),
      )
    const cuts = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 6 })
    const logOf = (bytes: Buffer, lengths: readonly number[]) => {
      const { trace, sink } = startTrace({ hasTimestamps, limitBytes: 20_000 })
      trace.hide(secrets)
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const length = lengths[turn % lengths.length] ?? 1
        trace.write(bytes.subarray(at, at + length), 'stdout')
        at += length
      }
      trace.flush()
      return sink.text
    }
    fc.assert(
      fc.property(output, cuts, (bytes, lengths) => {
        const log = logOf(bytes, lengths)
        expect(log).toBe(logOf(bytes, [bytes.length]))
        for (const secret of secrets) expect(log).not.toContain(secret)
      }),
      { numRuns: 200 },
    )
  },
)
