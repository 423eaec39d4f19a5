import { GuardedUpstream, UpstreamBreakers } from '../cache/guarded-upstream.ts'
import { RateBudget } from '../cache/rate-budget.ts'
import { RateMemory, type RateNotes } from '../cache/rate-memory.ts'
import type { UpstreamPolicy } from '../cache/upstream-policy.ts'
import type { Clock } from '../clock.ts'
import type { Settings, UpstreamSettings } from '../config/settings.ts'
import type { Log } from '../log.ts'
import { compileGlob } from '../oci/glob.ts'
import { HttpUpstream } from '../upstream/http-upstream.ts'
import { UpstreamRouter } from '../upstream/routing.ts'
import type { UpstreamTiming } from '../upstream/timing.ts'
import type { ExchangeCounts } from '../upstream/upstream.ts'
import { compileTagTtl } from './tag-ttl.ts'
import { reportUpstream, type UpstreamReport } from './upstream-report.ts'

/** All upstreams of the settings, with the way to them. */
export interface Upstreams {
  readonly router: UpstreamRouter
  readonly policies: ReadonlyMap<string, UpstreamPolicy>
  report(): readonly UpstreamReport[]
  /** What each was asked since the start, by name. */
  readonly meters: ReadonlyMap<string, ExchangeCounts>
  /** Remembers what they let us ask. Before anything is asked. */
  restore(): Promise<void>
  close(): Promise<void>
}

export interface UpstreamsOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
  readonly userAgent: string
  readonly upstreamTiming: Partial<UpstreamTiming>
  readonly rateNotes: RateNotes
}

export function openUpstreams(options: UpstreamsOptions): Upstreams {
  const { settings } = options
  const all = [...settings.upstreams.values()]
  const memory = new RateMemory(options.rateNotes, options.log)
  const opened = all.map((upstream) => openUpstream(upstream, memory, options))
  return {
    router: new UpstreamRouter(
      all.map(({ name, url, alias, allow }) => ({ name, url, alias, allow: allow.map(compileGlob) })),
    ),
    policies: new Map(opened.map(({ policy }) => [policy.name, policy])),
    report: () => opened.map(({ report }) => report()),
    meters: new Map(opened.map(({ policy, client }) => [policy.name, client.meter])),
    restore: () => memory.restore(),
    close: async () => {
      await Promise.all(opened.map(({ client }) => client.close()))
      await memory.close()
    },
  }
}

interface OpenedUpstream {
  readonly client: HttpUpstream
  readonly policy: UpstreamPolicy
  report(): UpstreamReport
}

function openUpstream(
  upstream: UpstreamSettings,
  memory: RateMemory,
  options: UpstreamsOptions,
): OpenedUpstream {
  const { settings, clock, log, userAgent, upstreamTiming: timing } = options
  const { name, url, tokenHosts, allowNetworks, ca, reserve } = upstream
  const breakers = new UpstreamBreakers(clock)
  const rates = new RateBudget({ upstream: name, reserve, clock, log, onNote: () => memory.changed() })
  memory.add(name, rates)
  const client = new HttpUpstream({
    name,
    url,
    tokenHosts,
    allowNetworks,
    ca,
    proxy: settings.proxy,
    clock,
    userAgent,
    timing,
    observer: rates,
    tokenGate: { run: (work) => breakers.token.run(work, { hasCopy: false }) },
  })
  const guarded = new GuardedUpstream(client, breakers, rates)
  const policy = policyOf(upstream, { client: guarded, rates }, settings)
  const { credential } = policy
  return {
    client,
    policy,
    report: () =>
      reportUpstream({
        name,
        url,
        credentialId: credential?.id,
        ...breakers,
        rates: rates.report(credential),
      }),
  }
}

function policyOf(
  upstream: UpstreamSettings,
  { client, rates }: { client: GuardedUpstream; rates: RateBudget },
  settings: Settings,
): UpstreamPolicy {
  const { name, credential, privateFor, maxStaleMs, maxDownloads, bytesPerSecond, tagTtlMs } = upstream
  return {
    name,
    upstream: client,
    rates,
    // The id names the account, so that proofs of another account's access do not count.
    credential: credential && { id: `${name}/${credential.username}`, ...credential },
    privateFor: new Set(privateFor),
    maxStaleMs,
    listTtlMs: tagTtlMs,
    maxDownloads,
    bytesPerSecond,
    tagTtlMs: compileTagTtl(name, tagTtlMs, settings.tagRules),
  }
}
