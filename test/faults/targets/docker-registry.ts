import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { startWith } from '../../support/real/cleanups.ts'
import { requireProgram } from '../../support/real/component.ts'
import { runCommand } from '../../support/real/run-command.ts'
import { scratchDir } from '../../support/real/scratch-dir.ts'
import { ask } from '../ask.ts'
import type { RunningTarget, Target, TargetOptions } from '../target.ts'
import { RestartedProcess } from './process.ts'

/** CNCF docker-registry as a pull-through cache, as its documentation sets one up. */
export const dockerRegistry: Target = {
  name: 'docker-registry',
  needs: ['docker-registry'],
  version: async () => {
    const told = await runCommand(requireProgram('docker-registry'), ['--version'])
    return told.trim().split(' ').at(-1) ?? told
  },
  start: startDockerRegistry,
}

function startDockerRegistry(upstreamUrl: string, options: TargetOptions): Promise<RunningTarget> {
  return startWith(async (cleanups) => {
    const dir = await scratchDir('fault', cleanups)
    const storage = options.storage ?? join(dir, 'data')
    await mkdir(storage, { recursive: true })
    const settingsPath = join(dir, 'config.yml')
    const server = new RestartedProcess({
      cwd: dir,
      env: options.env ?? {},
      addressOf: (line) => {
        const port = /listening on [^"]*:(\d+)"/.exec(line)?.[1]
        return port === undefined ? undefined : `127.0.0.1:${port}`
      },
      command: async (addr) => {
        const settings = {
          version: 0.1,
          log: { level: 'info', accesslog: { disabled: true } },
          storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
          http: { addr, secret: 'the same for every start' },
          proxy: { remoteurl: upstreamUrl, ...options.login },
        }
        await writeFile(settingsPath, dump(settings))
        return { file: requireProgram('docker-registry'), args: ['serve', settingsPath] }
      },
    })
    cleanups.defer(() => server.stop('SIGKILL'))
    await server.start()
    const base = () => `http://${server.address}/v2`
    return {
      get base() {
        return base()
      },
      get privateBase() {
        return base()
      },
      storage,
      start: () => server.start(),
      stop: (signal) => server.stop(signal),
      remove: async (repository, _tag, digest) => {
        const reply = await ask(`${base()}/${repository}/manifests/${digest}`, { method: 'DELETE' })
        return `DELETE is answered with ${reply.status}`
      },
      [Symbol.asyncDispose]: () => cleanups[Symbol.asyncDispose](),
    }
  })
}
