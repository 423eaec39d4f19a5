import { type ConnectionTarget, imagePrefix, isOnThisMachine, isPlainHttp } from '../connect/target.ts'
import { type EngineClient, type EngineInfo, type EngineReach, EngineUnreachable } from './engine-client.ts'
import type { Finding } from './finding.ts'

const check = 'docker'

/**
 * Whether the Docker Engine here pulls through the server, and reaches it.
 * @param image pulled by the engine; absent: nothing is
 */
export async function checkEngine(
  engine: EngineClient,
  target: ConnectionTarget,
  image: string | undefined,
): Promise<Finding[]> {
  try {
    const info = await engine.info()
    const findings = [mirrorFinding(info, target), reachFinding(await engine.reach(target.url.host), target)]
    return image === undefined ? findings : [...findings, await pullFinding(engine, target, image)]
  } catch (error) {
    if (!(error instanceof EngineUnreachable)) throw error
    if (error.code === 'absent') {
      return [
        { check, status: 'ok', message: `no Docker Engine at ${engine.socketPath}: nothing to look at` },
      ]
    }
    const advice = 'run this as root, or as a member of the group docker'
    return [{ check, status: 'warn', message: error.message, advice }]
  }
}

export function mirrorFinding({ version, mirrors }: EngineInfo, target: ConnectionTarget): Finding {
  const { url } = target
  const isMirror = mirrors.some((mirror) => URL.canParse(mirror) && new URL(mirror).host === url.host)
  if (isMirror) return { check, status: 'ok', message: `engine ${version} has ${url.origin} as its mirror` }
  const advice = `make it one (entrepot connect docker), or put ${imagePrefix(target)}/ in front of names`
  return {
    check,
    status: 'warn',
    message: `engine ${version} does not have ${url.origin} as a mirror`,
    advice,
  }
}

export function reachFinding(reach: EngineReach, target: ConnectionTarget): Finding {
  const { url, group } = target
  if (reach.answer === 'open') {
    return { check, status: 'ok', message: `the engine reaches ${url.host} and may pull` }
  }
  const letIn = `name its network in groups.${group}.anonymous.networks`
  if (reach.answer === 'credentials') {
    const message = `the engine reaches ${url.host}, and is asked for credentials`
    return { check, status: 'warn', message, advice: `${letIn}; /v2/ is open when every group is` }
  }
  // Older engines hide a 401 in a sentence of their own.
  const plain = isPlainHttp(target) && !isOnThisMachine(target)
  const advice =
    `if it got 401: ${letIn}; if nothing: it may run elsewhere or in a VM, and needs an address that it reaches ` +
    `(listen, externalUrl)${plain ? `; for HTTP it needs "insecure-registries": ["${url.host}"]` : ''}`
  const message = `the engine does not get through to ${url.host}: ${reach.message}`
  return { check, status: 'fail', message, advice }
}

async function pullFinding(engine: EngineClient, target: ConnectionTarget, image: string): Promise<Finding> {
  const reference = `${imagePrefix(target)}/${image}`
  const error = await engine.pull(reference)
  return error === undefined
    ? { check, status: 'ok', message: `the engine pulled ${reference}` }
    : {
        check,
        status: 'fail',
        message: `the engine did not pull ${reference}: ${error}`,
        advice: 'see the log of the server',
      }
}
