import { readFile } from 'node:fs/promises'
import type { RunnerSettings } from '../../executor/config/runner-settings.ts'
import type { DependencyProxy } from '../../executor/dependency-proxy.ts'
import type { Engine } from '../../executor/docker/engine.ts'
import { isEngineError } from '../../executor/docker/engine-error.ts'
import { HttpDependencyProxy } from '../../executor/proxy/http-dependency-proxy.ts'
import { ProxyApi, ProxyRefusal } from '../../executor/proxy/proxy-api.ts'
import type { Log } from '../../log.ts'
import { loopbackId } from '../../loopback-id.ts'
import { aboutReply } from '../../server/schemas/about.ts'
import { jobListenerReply } from '../../server/schemas/job-listener.ts'
import type { CliContext } from '../context.ts'
import { bridgeGateway, findEngine } from './engine-place.ts'
import { type HoldServer, holdLocalServer, type LocalServer } from './local-server.ts'
import {
  type AddressChoice,
  type EnginePlace,
  localAddresses,
  needsEnginePort,
  type OpenedListeners,
  remoteAddresses,
} from './proxy-addresses.ts'
import { RunRefused } from './run-refused.ts'

export interface ProxyFlags {
  readonly proxy?: string
  readonly group?: string
  readonly engineAddress?: string
  readonly jobAddress?: string
  readonly storage?: string
  readonly settings?: string
}

export interface OpenedProxy {
  readonly proxy: DependencyProxy
  /** May name variables of the job. */
  readonly group: string | undefined
  /** Aborted when it is gone, as far as that can be noticed. */
  readonly lost: AbortSignal
  close(): Promise<void>
}

/** Proves that jobs will have access; nobody uses this one. */
const TRIAL = { jobId: 'trial', ttlMs: 60_000, upstreamAuth: new Map() } as const

/**
 * The proxy that a run's images come through: the one that is named, else that of this machine.
 * @param hold finds that of this machine
 * @throws RunRefused, ProxyUnavailable, SettingsError
 */
export async function openProxy(
  flags: ProxyFlags,
  runner: RunnerSettings,
  engine: Engine,
  context: CliContext,
  log: Log,
  hold: HoldServer = holdLocalServer,
): Promise<OpenedProxy> {
  const { env } = context
  const place = await findEngine(engine, runner.docker.host)
  const choice: AddressChoice = {
    engineAddress: flags.engineAddress ?? (env.ENTREPOT_ENGINE_ADDRESS || runner.proxy.engineAddress),
    jobAddress: flags.jobAddress ?? (env.ENTREPOT_JOB_ADDRESS || runner.proxy.jobAddress),
  }
  const group = flags.group ?? (env.ENTREPOT_GROUP || runner.proxy.group)
  const url = flags.proxy ?? (env.ENTREPOT_URL || runner.proxy.url)
  const opened =
    url === undefined
      ? await openLocal(() => hold(flags, context), engine, place, choice, log)
      : await openRemote(url, runner, place, choice, context, log)
  try {
    // Which group a job's variables name, is known with the job.
    if (!group?.includes('$')) {
      const access = await opened.proxy.mint({ ...TRIAL, group })
      await access.revoke()
    }
    return { ...opened, group }
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function openRemote(
  text: string,
  { proxy: { tokenFile } }: RunnerSettings,
  place: EnginePlace,
  choice: AddressChoice,
  { env }: CliContext,
  log: Log,
): Promise<Omit<OpenedProxy, 'group'>> {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new RunRefused('--proxy (ENTREPOT_URL) takes a URL such as http://cache.example:5000')
  const url = new URL(text)
  const token = env.ENTREPOT_TOKEN || (tokenFile && (await readToken(tokenFile)))
  if (!token) {
    throw new RunRefused(
      `the proxy at ${url.origin} needs a token of role runner, in ENTREPOT_TOKEN or token_file of [runners.entrepot]: ` +
        '`entrepot token create --role runner` there makes one',
    )
  }
  const addresses = remoteAddresses(url, place, choice)
  const loopback = needsEnginePort(url, place, choice) ? await loopbackId() : undefined
  const api = new ProxyApi({ kind: 'http', url, token })
  return {
    proxy: new HttpDependencyProxy({ api, addresses, hasMirrors: false, loopback, log }),
    // Whether one elsewhere is gone is known when it is asked.
    lost: new AbortController().signal,
    close: () => api.close(),
  }
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    throw new RunRefused(`token_file in [runners.entrepot] cannot be read: ${path}`, { cause: error })
  }
}

async function openLocal(
  hold: () => Promise<LocalServer>,
  engine: Engine,
  place: EnginePlace,
  choice: AddressChoice,
  log: Log,
): Promise<Omit<OpenedProxy, 'group'>> {
  const held = await hold()
  const api = new ProxyApi({ kind: 'socket', path: held.socketPath })
  const close = async (): Promise<void> => {
    await api.close()
    held.close()
  }
  try {
    const about = aboutReply.parse(await api.ask('GET', '/api/v1/server'))
    const listeners = place.isHere ? await openListeners(api, engine, choice, log) : NO_LISTENERS
    const addresses = localAddresses(about, place, choice, listeners)
    return {
      proxy: new HttpDependencyProxy({ api, addresses, hasMirrors: place.isHere, log }),
      lost: held.lost,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const NO_LISTENERS: OpenedListeners = { loopback: undefined, gateway: undefined }
/** The engine takes plain HTTP from there without a setting of its own. */
const LOOPBACK = '127.0.0.1'

async function openListeners(
  api: ProxyApi,
  engine: Engine,
  { engineAddress, jobAddress }: AddressChoice,
  log: Log,
): Promise<OpenedListeners> {
  return {
    loopback: engineAddress === undefined ? await listenOn(LOOPBACK, api) : undefined,
    gateway: jobAddress === undefined ? await listenForContainers(api, engine, log) : undefined,
  }
}

async function listenOn(host: string, api: ProxyApi): Promise<string> {
  return jobListenerReply.parse(await api.ask('POST', '/api/v1/job-listeners', { host })).address
}

/** Jobs do without where it fails: their own images come through the engine. */
async function listenForContainers(api: ProxyApi, engine: Engine, log: Log): Promise<string | undefined> {
  try {
    const host = await bridgeGateway(engine)
    return host === undefined ? undefined : await listenOn(host, api)
  } catch (error) {
    if (!(error instanceof ProxyRefusal) && !isEngineError(error, 'NOT_FOUND', 'REFUSED')) throw error
    const told =
      'containers cannot reach the cache: job_address in [runners.entrepot] says where it is for them'
    log.info({ event: 'run.no_job_address', err: error }, told)
    return undefined
  }
}
