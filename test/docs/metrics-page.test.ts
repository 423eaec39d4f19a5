import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readScrape } from '../support/scrape.ts'
import { startBusyProxy } from '../support/start-busy-proxy.ts'

const ROW = /^\| `([a-z_]+)` \| (counter|gauge|histogram) \| ([^|]*) \| \S.* \|$/

interface Documented {
  readonly type: string
  readonly labels: readonly string[]
}

function documented(): Map<string, Documented> {
  const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, name = '', type = '', labels = ''] = ROW.exec(line) ?? []
      const keys = [...labels.matchAll(/`(\w+)`/g)].map(([, key = '']) => key)
      return name === '' ? [] : [[name, { type, labels: keys.sort() }] as const]
    }),
  )
}

test('docs/metrics.md has every metric of a scrape with its labels, and no other', async () => {
  await using busy = await startBusyProxy()
  const reply = await fetch(`${busy.proxy.url}/metrics`)
  const { names, labels, text } = readScrape(await reply.text())
  const scraped = new Map(
    [...names].map((name) => {
      const [, type = ''] = new RegExp(`^# TYPE ${name} (\\S+)$`, 'm').exec(text) ?? []
      const keys = labels.get(name) ?? labels.get(`${name}_count`) ?? new Set()
      return [name, { type, labels: [...keys].sort() }] as const
    }),
  )
  expect(Object.fromEntries(documented())).toEqual(Object.fromEntries(scraped))
})
