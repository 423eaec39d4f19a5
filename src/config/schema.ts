import * as z from 'zod'
import { parseDuration } from '../duration.ts'
import { compileGlob, GlobSyntaxError } from '../oci/glob.ts'
import { didYouMean } from '../suggest.ts'
import { readHttpUrl } from './http-url.ts'
import { parseListenAddress } from './listen-address.ts'
import { aliasMistake, groupPathMistake, isHostName, upstreamNameMistake } from './names.ts'
import { parseNetwork } from './network.ts'
import { parsePercent } from './percent.ts'
import { LOG_FORMATS, LOG_LEVELS } from './settings.ts'
import { parseSize } from './size.ts'

/**
 * The shape of entrepot.yaml. Environment and flags are brought into the same shape and go through the same
 * checks. Messages repeat a value only where it cannot be a secret.
 */
export function settingsSchema() {
  return section({
    listen: z
      .preprocess(
        (value) => (Array.isArray(value) ? value : [value]),
        listOf(listenAddress(), 'addresses').min(1, { error: 'expected at least one' }),
      )
      .optional(),
    externalUrl: httpUrl({ path: false }).optional(),
    tls: section({ certFile: filled().optional(), keyFile: filled().optional() }).optional(),
    trustedProxies: listOf(network(), 'a list of networks').optional(),
    storage: storage().optional(),
    groups: named(group(), groupPathMistake).optional(),
    upstreams: named(upstream(), upstreamNameMistake).optional(),
    tagRules: listOf(tagRule(), 'a list of rules').optional(),
    jobs: section({ listen: listenAddress().optional() }).optional(),
    metrics: section({ listen: listenAddress().optional() }).optional(),
    log: section({ level: oneOf(LOG_LEVELS), format: oneOf(LOG_FORMATS) }).optional(),
  })
}

export type SettingsDraft = z.output<ReturnType<typeof settingsSchema>>
export type GroupDraft = z.output<ReturnType<typeof group>>
export type UpstreamDraft = z.output<ReturnType<typeof upstream>>

/** Keys of an upstream that hold one value, and so can come from the environment. */
export const UPSTREAM_SCALARS = [
  'url',
  'username',
  'passwordFile',
  'tagTtl',
  'maxStale',
  'maxDownloads',
  'bandwidth',
  'reserve',
  'caFile',
  'alias',
] as const satisfies readonly (keyof UpstreamDraft)[]

/** More would only wait for one of the connections to the origin. */
const MAX_DOWNLOADS = 1_000

/** Below one buffer per second, downloads would look dead to the upstream. */
const MIN_BANDWIDTH_BYTES = 64 * 1024

function storage() {
  return section({
    path: filled().optional(),
    maxSize: size().optional(),
    minFree: size().optional(),
    maxAge: duration().optional(),
    highMark: percent().optional(),
    lowMark: percent().optional(),
    scrubRate: scrubRate().optional(),
  })
}

function group() {
  return section({
    anonymous: section({
      networks: listOf(network(), 'a list of networks').optional(),
    }).optional(),
    repositories: listOf(glob(), 'a list of globs').optional(),
    upstreams: named(login(), upstreamNameMistake).optional(),
  })
}

/** A group's own account at an upstream. */
function login() {
  return section({ username: filled(), passwordFile: filled() })
}

function upstream() {
  return section({
    url: httpUrl({ path: true }).optional(),
    username: filled().optional(),
    passwordFile: filled().optional(),
    tagTtl: duration().optional(),
    maxStale: duration().optional(),
    maxDownloads: count(MAX_DOWNLOADS).optional(),
    bandwidth: bandwidth().optional(),
    reserve: reserve().optional(),
    allow: listOf(glob(), 'a list of globs').optional(),
    tokenHosts: listOf(hostName(), 'a list of host names').optional(),
    allowNetworks: listOf(network(), 'a list of networks').optional(),
    caFile: filled().optional(),
    alias: checked(aliasMistake).optional(),
    privateFor: listOf(groupPath(), 'a list of groups').optional(),
  })
}

function tagRule() {
  return section({
    upstream: filled().transform((name) => name.toLowerCase()),
    repository: glob(),
    tag: glob(),
    ttl: duration(),
  })
}

function listenAddress() {
  return read(
    parseListenAddress,
    (text) => `"${text}" is not HOST:PORT, such as 127.0.0.1:5000 or [::1]:5000`,
  )
}

function size() {
  return read(parseSize, (text) => `"${text}" is not a size, such as 512MiB, 50GiB or 1.5TiB`)
}

function scrubRate() {
  const parse = (text: string) => (text === '0' ? 0 : parseSize(text))
  return read(parse, (text) => `"${text}" is not a size per second, such as 20MiB; "0" turns it off`)
}

function percent() {
  return read(parsePercent, (text) => `"${text}" is not a share, such as 85%`)
}

function duration() {
  return read(parseDuration, (text) => `"${text}" is not a duration, such as 90s, 15m, 7d or 0s`)
}

/** A whole number from 1. Variables are text, so text counts too. */
function count(max: number) {
  const mistake = `expected a whole number from 1 to ${max}`
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.int({ error: mistake }).min(1, { error: mistake }).max(max, { error: mistake }),
  )
}

function bandwidth() {
  const parse = (text: string) => {
    const bytes = parseSize(text)
    return bytes !== undefined && bytes >= MIN_BANDWIDTH_BYTES ? bytes : undefined
  }
  return read(parse, (text) => `"${text}" is not bytes per second, such as 50MiB, and at least 64KiB`)
}

function reserve() {
  const parse = (text: string) => (text === '0%' ? 0 : parsePercent(text))
  return read(parse, (text) => `"${text}" is not a part of the pull limit, such as 10% or 0%`)
}

function network() {
  return read(parseNetwork, (text) => `"${text}" is not a network, such as 10.0.0.0/8 or ::1`)
}

function hostName() {
  const parse = (text: string) => (isHostName(text.toLowerCase()) ? text.toLowerCase() : undefined)
  return read(parse, (text) => `"${text}" is not a host name, such as auth.example or auth.example:8443`)
}

function groupPath() {
  return filled()
    .transform((path) => path.toLowerCase())
    .superRefine((path, context) => complain(context, groupPathMistake(path)))
}

function glob() {
  return filled().superRefine((text, context) => complain(context, globMistake(text)))
}

function globMistake(text: string): string | undefined {
  try {
    compileGlob(text)
    return undefined
  } catch (error) {
    if (error instanceof GlobSyntaxError) return error.message
    throw error
  }
}

function httpUrl(options: { path: boolean }) {
  return filled().transform((text, context): URL => {
    const reading = readHttpUrl(text, options)
    if ('url' in reading) return reading.url
    complain(context, reading.mistake)
    return z.NEVER
  })
}

function filled() {
  return z.string({ error: expected('text') }).min(1, { error: 'is empty' })
}

function checked(mistakeIn: (text: string) => string | undefined) {
  return filled().superRefine((text, context) => complain(context, mistakeIn(text)))
}

function read<T>(parse: (text: string) => T | undefined, mistake: (text: string) => string) {
  return filled().transform((text, context): T => {
    const value = parse(text)
    if (value !== undefined) return value
    complain(context, mistake(text.slice(0, 100)))
    return z.NEVER
  })
}

function oneOf<const Values extends readonly string[]>(values: Values) {
  return z
    .enum(values, {
      error: (issue) =>
        `expected one of ${values.join(', ')}${didYouMean(String(issue.input).slice(0, 100), values)}`,
    })
    .optional()
}

function listOf<Item extends z.ZodType>(item: Item, what: string) {
  return z.array(item, { error: expected(what) })
}

/** Keys and values, all of them known. `key:` with nothing after it counts as an empty section. */
function section<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape)
  return z.preprocess(
    (value, context) => {
      if (isKeyed(value)) {
        for (const key of Object.keys(value)) {
          if (!known.includes(key)) complain(context, `unknown key${didYouMean(key, known)}`, [key])
        }
      }
      return value ?? {}
    },
    z.object(shape, { error: expected('keys and values') }),
  )
}

/** Sections by name, as a map of lower-cased names. */
function named<Value extends z.ZodType>(value: Value, mistakeIn: (name: string) => string | undefined) {
  const record = z.record(z.string(), value, { error: expected('names, each with its settings') })
  const filledRecord = z.preprocess((input) => input ?? {}, record)
  return filledRecord.transform((entries, context) => {
    const sections = new Map<string, z.output<Value>>()
    for (const [key, entry] of Object.entries(entries)) {
      const name = key.toLowerCase()
      complain(context, mistakeIn(name), [key])
      if (sections.has(name)) complain(context, `${name} is there twice`, [key])
      sections.set(name, entry as z.output<Value>)
    }
    return sections
  })
}

function complain(context: z.RefinementCtx, message: string | undefined, path: string[] = []): void {
  if (message !== undefined) context.addIssue({ code: 'custom', message, path, input: undefined })
}

function expected(what: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => {
    if (input === undefined) return 'is missing'
    const quotes = typeof input === 'number' || typeof input === 'boolean' ? '; write it in quotes' : ''
    return `expected ${what}${what === 'text' ? quotes : ''}`
  }
}

function isKeyed(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
