import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { buildDist } from '../../support/real/build-dist.ts'
import { startWith } from '../../support/real/cleanups.ts'
import { runCommand } from '../../support/real/run-command.ts'
import { scratchDir } from '../../support/real/scratch-dir.ts'
import type { RunningTarget, Target, TargetOptions } from '../target.ts'
import { RestartedProcess } from './process.ts'

const ROOT = join(import.meta.dirname, '../../..')
const MIB = 1024 * 1024
const LOOPBACK = { anonymous: { networks: ['127.0.0.0/8', '::1'] } }

/** The program as it is built, with its defaults but for the age after which it asks for a tag again. */
export const entrepot: Target = {
  name: 'Entrepot',
  needs: [],
  version: async () => JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version,
  start: startEntrepot,
}

function startEntrepot(upstreamUrl: string, options: TargetOptions): Promise<RunningTarget> {
  return startWith(async (cleanups) => {
    const program = await buildDist()
    const dir = await scratchDir('fault', cleanups)
    const storage = options.storage ?? join(dir, 'storage')
    const settingsPath = join(dir, 'entrepot.yaml')
    const passwordFile = join(dir, 'password')
    await writeFile(passwordFile, options.login?.password ?? '')
    const settings = settingsOf(upstreamUrl, { storage, passwordFile }, options)
    const server = new RestartedProcess({
      cwd: dir,
      env: { NO_PROXY: '*', no_proxy: '*', ...options.env },
      addressOf: listeningAddress,
      command: async (listen) => {
        await writeFile(settingsPath, dump({ ...settings, listen }, { noRefs: true }))
        const args = [program, 'serve', '--config', settingsPath, '--log-format', 'json']
        return { file: process.execPath, args }
      },
    })
    cleanups.defer(() => server.stop('SIGKILL'))
    await server.start()
    const command = (...args: string[]) =>
      runCommand(process.execPath, [program, ...args, '--config', settingsPath], { cwd: dir })
    return {
      get base() {
        return `http://${server.address}/v2`
      },
      get privateBase() {
        return `http://${server.address}/v2/team/dependency_proxy/containers`
      },
      storage,
      start: () => server.start(),
      stop: (signal) => server.stop(signal),
      verify: async () => void (await command('cache', 'verify', '--repair')),
      remove: async (repository, tag) => {
        await command('cache', 'remove', `docker.io/${repository}:${tag}`)
        return 'removed'
      },
      [Symbol.asyncDispose]: () => cleanups[Symbol.asyncDispose](),
    }
  })
}

function settingsOf(
  url: string,
  paths: { readonly storage: string; readonly passwordFile: string },
  { login, budgetBytes }: TargetOptions,
): object {
  const account = login && {
    username: login.username,
    passwordFile: paths.passwordFile,
    privateFor: ['team'],
  }
  const budget = budgetBytes === undefined ? {} : { maxSize: `${budgetBytes / MIB}MiB` }
  return {
    storage: { path: paths.storage, minFree: '1MiB', ...budget },
    groups: { default: LOOPBACK, team: LOOPBACK },
    upstreams: { 'docker.io': { url, tagTtl: '1s', allowNetworks: ['127.0.0.0/8'], ...account } },
  }
}

function listeningAddress(line: string): string | undefined {
  if (!line.includes('"server.listening"')) return undefined
  const { addresses } = JSON.parse(line) as { addresses?: string[] }
  return addresses?.[0] === undefined ? undefined : new URL(addresses[0]).host
}
