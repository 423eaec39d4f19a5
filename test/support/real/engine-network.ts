import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Cleanups } from './cleanups.ts'
import { requireProgram } from './component.ts'
import { isAlive } from './folder-lock.ts'
import { CommandFailed, runCommand } from './run-command.ts'

/**
 * A network namespace joined to the host by one link, and nothing else: an engine in it cannot change the
 * host's packet filter nor its bridges, and reaches no registry but those that listen on `hostAddress`.
 */
export interface EngineNetwork extends AsyncDisposable {
  /** The name under /run/netns. */
  readonly namespace: string
  /** The host's end of the link: servers for the engine listen here. */
  readonly hostAddress: string
  readonly engineAddress: string
  /** `172.28.7.0/24`. */
  readonly subnet: string
}

const PREFIX = 'entrepot-'
const FIRST = 100
const LAST = 250
/** Says whose namespace it is, so that a later run clears what a killed run left. */
const OWNERS_DIR = join(tmpdir(), 'entrepot-test-networks')

/** Takes a free 172.28.N.0/24. Disposing ends every process that is still inside. */
export async function createEngineNetwork(): Promise<EngineNetwork> {
  await mkdir(OWNERS_DIR, { recursive: true })
  await removeAbandoned()
  const start = Math.floor(Math.random() * (LAST - FIRST))
  for (let step = 0; step < LAST - FIRST; step++) {
    const number = FIRST + ((start + step) % (LAST - FIRST))
    if (isTaken(number) || !(await claim(number))) continue
    try {
      return await connect(number)
    } catch (error) {
      await remove(number)
      throw error
    }
  }
  throw new Error('every 172.28.N.0/24 for engines is taken')
}

function isTaken(number: number): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return addresses.some(({ address }) => address.startsWith(`172.28.${number}.`))
}

/** The owner's file is made with the exclusive flag: of two who want one number, one gets it. */
async function claim(number: number): Promise<boolean> {
  try {
    await writeFile(join(OWNERS_DIR, String(number)), String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function connect(number: number): Promise<EngineNetwork> {
  const namespace = `${PREFIX}${number}`
  const [outside, inside] = [`eh${number}`, `ee${number}`]
  const network = {
    namespace,
    hostAddress: `172.28.${number}.1`,
    engineAddress: `172.28.${number}.2`,
    subnet: `172.28.${number}.0/24`,
    [Symbol.asyncDispose]: () => remove(number),
  }
  const ip = (...args: string[]) => runCommand(requireProgram('ip'), args)
  await ip('netns', 'add', namespace)
  await ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', namespace)
  await ip('addr', 'add', `${network.hostAddress}/24`, 'dev', outside)
  await ip('link', 'set', outside, 'up')
  await ip('-n', namespace, 'link', 'set', 'lo', 'up')
  await ip('-n', namespace, 'addr', 'add', `${network.engineAddress}/24`, 'dev', inside)
  await ip('-n', namespace, 'link', 'set', inside, 'up')
  await ip('-n', namespace, 'route', 'add', 'default', 'via', network.hostAddress)
  return network
}

async function remove(number: number): Promise<void> {
  const namespace = `${PREFIX}${number}`
  const cleanups = new Cleanups()
  cleanups.defer(() => rm(join(OWNERS_DIR, String(number)), { force: true }))
  // Deleting the namespace deletes its end of the link, and with it ours.
  cleanups.defer(() => ipUnlessGone('netns', 'del', namespace))
  cleanups.defer(() => ipUnlessGone('link', 'del', `eh${number}`))
  cleanups.defer(() => endProcesses(namespace))
  await cleanups[Symbol.asyncDispose]()
}

async function ipUnlessGone(...args: string[]): Promise<string> {
  try {
    return await runCommand(requireProgram('ip'), args)
  } catch (error) {
    if (error instanceof CommandFailed) return ''
    throw error
  }
}

async function endProcesses(namespace: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const pids = (await ipUnlessGone('netns', 'pids', namespace)).split('\n').filter((pid) => pid !== '')
    if (pids.length === 0) return
    for (const pid of pids) endProcess(Number(pid))
    await delay(100)
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function removeAbandoned(): Promise<void> {
  for (const number of await readdir(OWNERS_DIR)) {
    const owner = Number(await readFile(join(OWNERS_DIR, number), 'utf8').catch(() => ''))
    if (owner > 0 && !isAlive(owner)) await remove(Number(number))
  }
}
