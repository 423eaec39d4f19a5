import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { mintSecret } from '../../src/auth/secret.ts'
import { createLogger, type LoggerOptions } from '../../src/server/logger.ts'

class Lines {
  readonly written: string[] = []

  write(line: string): void {
    this.written.push(line)
  }
}

function loggerTo(lines: Lines, options: Partial<LoggerOptions>) {
  return createLogger({ level: 'info', format: 'json', colour: false, destination: lines, ...options })
}

describe('json', () => {
  test('is one object per line, with a readable time and level, and no word of this process', () => {
    const lines = new Lines()
    loggerTo(lines, {}).info({ event: 'blob.committed', sizeBytes: 5 }, 'stored')
    expect(lines.written).toHaveLength(1)
    const { time, ...rest } = JSON.parse(lines.written[0] ?? '')
    expect(rest).toEqual({ level: 'info', event: 'blob.committed', sizeBytes: 5, msg: 'stored' })
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  test.each([
    ['error', 1],
    ['warn', 2],
    ['info', 3],
    ['debug', 4],
  ] as const)('at level %s, %i of four lines are written', (level, count) => {
    const lines = new Lines()
    const log = loggerTo(lines, { level })
    log.error({}, 'e')
    log.warn({}, 'w')
    log.info({}, 'i')
    log.debug({}, 'd')
    expect(lines.written).toHaveLength(count)
  })

  const heads = ['headers', 'req', 'res', 'request', 'response']
  const secrets = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie']
  test.each(heads.flatMap((head) => secrets.map((header) => [head, header] as const)))(
    '%s: a %s header is taken out',
    (head, header) => {
      const headers = { [header]: 'Basic hunter2', accept: 'kept' }
      for (const format of ['json', 'pretty'] as const) {
        const lines = new Lines()
        loggerTo(lines, { format }).warn(head === 'headers' ? { headers } : { [head]: { headers } }, 'x')
        expect(lines.written.join()).not.toContain('hunter2')
        expect(lines.written.join()).toContain('kept')
      }
    },
  )
})

test.each(['json', 'pretty'] as const)('%s: a secret is taken out, wherever it stands', (format) => {
  const { id, secret } = mintSecret('job', randomBytes)
  const lines = new Lines()
  const log = loggerTo(lines, { format, secrets: ['pass"word'] })
  const cause = new Error(`Basic ${Buffer.from(`x:${secret}`).toString('base64')}`)
  log.error(
    { event: 'x', url: `/v2/?token=${secret}`, err: new Error('pass"word', { cause }) },
    `for ${secret}`,
  )
  const written = lines.written.join()
  expect(written).toContain(`${id}_[redacted]`)
  for (const hidden of [secret.slice(-36), 'pass"word', 'pass\\"word', 'Basic e']) {
    expect(written).not.toContain(hidden)
  }
})

describe('pretty', () => {
  const render = (level: 'info' | 'warn' | 'error', fields: object, message: string, colour = false) => {
    const lines = new Lines()
    loggerTo(lines, { format: 'pretty', colour })[level](fields, message)
    return lines.written.join('')
  }

  const cases: [name: string, level: 'info' | 'warn', fields: object, message: string, want: RegExp][] = [
    ['a sentence', 'info', { event: 'x' }, 'ready', /^\d\d:\d\d:\d\d info {2}ready\n$/],
    [
      'fields follow it',
      'warn',
      { status: 404, path: '/v2/' },
      'no',
      /^\S+ warn {2}no {2}status=404 path=\/v2\/\n$/,
    ],
    ['spaces are quoted', 'info', { why: 'not found' }, 'no', / why="not found"\n$/],
    ['structures are JSON', 'info', { list: [1, { a: 2 }] }, 'x', / list=\[1,\{"a":2\}\]\n$/],
    ['what is absent is not shown', 'info', { a: undefined, b: null, c: 0 }, 'x', /x {2}c=0\n$/],
    ['long values are cut', 'info', { a: 'y'.repeat(300) }, 'x', / a=y{200}…\n$/],
    [
      'a line stays a line',
      'info',
      { path: 'a\nb\u001b[2J' },
      'x\r\ny\u001b[2J',
      /x\\x0d\\x0ay\\x1b\[2J {2}path="a\\nb\\u001b\[2J"\n$/,
    ],
    ['a warning shows its error in short', 'warn', { err: new Error('refused') }, 'x', /x {2}err=refused\n$/],
  ]
  test.each(cases)('%s', (_, level, fields, message, want) => {
    expect(render(level, fields, message)).toMatch(want)
  })

  test('an error shows its stack', () => {
    const text = render('error', { err: new Error('broken') }, 'failed')
    expect(text).toMatch(/^\S+ error failed\n {2}Error: broken\n {2} +at /)
  })

  test('colours are for terminals', () => {
    expect(render('info', { a: 1 }, 'x', true)).toContain('\u001b[32minfo ')
    expect(render('info', { a: 1 }, 'x', false)).not.toContain('\u001b')
  })
})
