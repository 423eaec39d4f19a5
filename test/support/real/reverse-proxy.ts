import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { testCertificate } from '../tls/certificate.ts'
import { type Cleanups, startWith } from './cleanups.ts'
import { requireProgram } from './component.ts'
import { Daemon, type DaemonOptions } from './daemon.ts'
import { scratchDir } from './scratch-dir.ts'

/** Where a proxy works, and what its settings have to name. */
export interface ProxyPlace {
  readonly dir: string
  readonly port: number
  readonly certificatePath: string
  readonly keyPath: string
}

export interface ReverseProxy extends AsyncDisposable {
  readonly port: number
}

const READY_TIMEOUT_MS = 20_000
const READY_POLL_MS = 50

/** @param settings the `server` block */
export function startNginx(port: number, settings: (place: ProxyPlace) => string): Promise<ReverseProxy> {
  return startProxy(port, async (place) => {
    const { dir } = place
    const path = join(dir, 'nginx.conf')
    // As root, workers would become `nobody`, who cannot enter the scratch folder.
    const user = process.getuid?.() === 0 ? `user ${userInfo().username};` : ''
    const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    const temporary = folders.map((name) => `${name}_temp_path ${dir}/${name};`).join('\n')
    await writeFile(
      path,
      `${user}
daemon off;
pid ${dir}/nginx.pid;
events {}
http {
access_log off;
${temporary}
${settings(place)}
}`,
    )
    return { file: requireProgram('nginx'), args: ['-p', dir, '-c', path, '-e', join(dir, 'error.log')] }
  })
}

/** @param settings the site's block */
export function startCaddy(port: number, settings: (place: ProxyPlace) => string): Promise<ReverseProxy> {
  return startProxy(port, async (place) => {
    const { dir } = place
    const path = join(dir, 'Caddyfile')
    await mkdir(join(dir, 'home'))
    await writeFile(path, `{\nadmin off\nauto_https disable_redirects\n}\n${settings(place)}`)
    const env = { HOME: join(dir, 'home'), XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir }
    return {
      file: requireProgram('caddy'),
      args: ['run', '--config', path, '--adapter', 'caddyfile'],
      cwd: dir,
      env,
    }
  })
}

/** A port that was free a moment ago: the server behind the proxy has to name it before the proxy runs. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function startProxy(
  port: number,
  prepare: (place: ProxyPlace) => Promise<DaemonOptions>,
): Promise<ReverseProxy> {
  return startWith(async (cleanups: Cleanups) => {
    const dir = await scratchDir('proxy', cleanups)
    const place = { dir, port, certificatePath: join(dir, 'cert.pem'), keyPath: join(dir, 'key.pem') }
    const { cert, key } = testCertificate()
    await writeFile(place.certificatePath, cert)
    await writeFile(place.keyPath, key)
    const daemon = cleanups.use(new Daemon(await prepare(place)))
    await untilListening(port, daemon)
    return { port, [Symbol.asyncDispose]: () => cleanups[Symbol.asyncDispose]() }
  })
}

async function untilListening(port: number, daemon: Daemon): Promise<void> {
  const giveUpAt = Date.now() + READY_TIMEOUT_MS
  while (!(await accepts(port))) {
    if (Date.now() > giveUpAt) throw new Error(`no proxy on ${port}:\n${daemon.lines.join('\n')}`)
    await delay(READY_POLL_MS)
  }
}

function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).then((isOpen) => {
    socket.destroy()
    return isOpen === true
  })
}
