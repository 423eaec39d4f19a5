import { expect, test } from 'vitest'
import { readRateLimit } from '../../src/upstream/rate-limit.ts'

type Want = [limit: number, remaining: number, windowSeconds: number | undefined] | undefined

const cases: [name: string, limit: string | undefined, remaining: string | undefined, want: Want][] = [
  ["Docker Hub's own", '100;w=21600', '76;w=21600', [100, 76, 21_600]],
  ['without a window', '100', '76', [100, 76, undefined]],
  ['the window in one of them', '100', '76;w=60', [100, 76, 60]],
  ['spaces', ' 100 ; w=21600 ', '76 ; W=21600', [100, 76, 21_600]],
  ['other parameters first', '100;name=pulls;w=60', '0;w=60', [100, 0, 60]],
  ['several limits', '100;w=60, 1000;w=3600', '5;w=60, 900;w=3600', [100, 5, 60]],
  ['more left than there is', '100;w=60', '200;w=60', [100, 100, 60]],
  ['a limit of nothing', '0;w=60', '0;w=60', [0, 0, 60]],
  ['a window of nothing', '100;w=0', '76;w=0', [100, 76, undefined]],
  ['nothing', undefined, undefined, undefined],
  ['only the limit', '100;w=60', undefined, undefined],
  ['only what is left', undefined, '76;w=60', undefined],
  ['empty', '', '', undefined],
  ['negative', '100;w=60', '-1;w=60', undefined],
  ['no number', 'many;w=60', '76;w=60', undefined],
  ['a fraction', '100.5;w=60', '76;w=60', undefined],
  ['too large to be one', '9999999999999;w=60', '76;w=60', undefined],
  ['a window that is no number', '100;w=day', '76;w=day', [100, 76, undefined]],
]
test.each(cases)('%s', (_, limit, remaining, want) => {
  const read = readRateLimit({ 'ratelimit-limit': limit, 'ratelimit-remaining': remaining })
  expect(read && [read.limit, read.remaining, read.windowSeconds]).toEqual(want)
})

const sources: [header: string | undefined, want: string | undefined][] = [
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8::/64', '2001:db8::/64'],
  [' 7a6b2f3c-0000-4000-8000-000000000000 ', '7a6b2f3c-0000-4000-8000-000000000000'],
  ['two words', undefined],
  ['\u001b[31m', undefined],
  ['x'.repeat(101), undefined],
  ['', undefined],
  [undefined, undefined],
]
test.each(sources)('the source %j', (header, want) => {
  const headers = {
    'ratelimit-limit': '1',
    'ratelimit-remaining': '1',
    'docker-ratelimit-source': header,
  }
  expect(readRateLimit(headers)?.source).toBe(want)
})
