import { readScrape, type Scraped } from '../support/scrape.ts'
import { startBusyProxy } from '../support/start-busy-proxy.ts'
import { startBusyRunner } from '../support/start-busy-runner.ts'

/** What Prometheus has of a cache and of a runner. */
export async function bothScrapes(): Promise<readonly Scraped[]> {
  await using cache = await startBusyProxy()
  await using runner = await startBusyRunner()
  const reply = await fetch(`${cache.proxy.url}/metrics`)
  return [readScrape(await reply.text()), await runner.scrape()]
}
