/** What prints the tables that `listeningPorts` reads; a kernel without IPv6 has one of them. */
export const READ_LISTENERS = ['cat', '/proc/net/tcp', '/proc/net/tcp6']

const LISTEN = '0A'
/** 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104 as the kernel prints them: four bytes at a time, the last first. */
const LOOPBACK = /^(?:.{6}7F|0{24}01000000|0{16}FFFF0000.{6}7F)$/

/**
 * On which TCP ports somebody listens whom others can reach, by /proc/net/tcp and tcp6 of a container: what a
 * connection to it would tell, where none can be made from here.
 * @param isLocal whether those who ask are in the same network namespace
 */
export function listeningPorts(table: string, isLocal: boolean): ReadonlySet<number> {
  const ports = new Set<number>()
  for (const line of table.split('\n')) {
    const [, local = '', , state] = line.trim().split(/\s+/)
    const [address = '', port = ''] = local.split(':')
    if (state !== LISTEN || (!isLocal && LOOPBACK.test(address))) continue
    ports.add(Number.parseInt(port, 16))
  }
  return ports
}
