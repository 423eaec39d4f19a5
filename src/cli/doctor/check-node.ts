import type { Finding } from './finding.ts'

const WANTED = { major: 20, minor: 19 }

/** @param version `22.11.0` */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < WANTED.major || (major === WANTED.major && minor < WANTED.minor)
  const message = `Node.js ${version}`
  return isOld
    ? { check: 'node', status: 'fail', message, advice: `install ${WANTED.major}.${WANTED.minor} or newer` }
    : { check: 'node', status: 'ok', message }
}
