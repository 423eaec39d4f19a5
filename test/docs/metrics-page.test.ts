import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readScrape, type Scraped } from '../support/scrape.ts'
import { startBusyProxy } from '../support/start-busy-proxy.ts'
import { startBusyRunner } from '../support/start-busy-runner.ts'

const ROW = /^\| `([a-z_]+)` \| (counter|gauge|histogram) \| ([^|]*) \| \S.* \|$/

interface Documented {
  readonly type: string
  readonly labels: readonly string[]
}

/** What the tables under these headings have. */
function documented(...headings: readonly string[]): Record<string, Documented> {
  const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  const sections = text
    .split(/^## /m)
    .filter((section) => headings.some((each) => section.startsWith(`${each}\n`)))
  expect(sections).toHaveLength(headings.length)
  return Object.fromEntries(
    sections
      .flatMap((section) => section.split('\n'))
      .flatMap((line) => {
        const [, name = '', type = '', labels = ''] = ROW.exec(line) ?? []
        const keys = [...labels.matchAll(/`(\w+)`/g)].map(([, key = '']) => key)
        return name === '' ? [] : [[name, { type, labels: keys.sort() }] as const]
      }),
  )
}

function told({ names, labels, text }: Scraped): Record<string, Documented> {
  return Object.fromEntries(
    [...names].map((name) => {
      const [, type = ''] = new RegExp(`^# TYPE ${name} (\\S+)$`, 'm').exec(text) ?? []
      const keys = labels.get(name) ?? labels.get(`${name}_count`) ?? new Set()
      return [name, { type, labels: [...keys].sort() }] as const
    }),
  )
}

test('docs/metrics.md has every metric of a cache with its labels, and no other', async () => {
  await using busy = await startBusyProxy()
  const reply = await fetch(`${busy.proxy.url}/metrics`)
  expect(documented('Of both', 'The cache')).toEqual(told(readScrape(await reply.text())))
})

test('docs/metrics.md has every metric of runners with its labels, and no other', async () => {
  await using busy = await startBusyRunner()
  expect(documented('Of both', 'Runners')).toEqual(told(await busy.scrape()))
})
