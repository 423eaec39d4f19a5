import type { HostOptions } from './docker-settings.ts'

/**
 * Values as Docker's own command line writes them. Each function returns undefined for what is no such value.
 */

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
}

/** `512m`, `1.5g`, `1GiB`, `134217728` to whole bytes. All units are powers of 1024, as Docker has them. */
export function parseMemory(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([kmgt]?)(?:i?b)?$/i.exec(text)
  const unitBytes = UNIT_BYTES[match?.[2]?.toLowerCase() ?? '']
  if (match === null || unitBytes === undefined) return undefined
  const bytes = Math.trunc(Number(match[1]) * unitBytes)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** `1.5`, `3/2` to billionths of a processor. */
export function parseCpus(text: string): number | undefined {
  const match = /^(\d{1,6}(?:\.\d{1,9})?)(?:\/(\d{1,6}))?$/.exec(text)
  const nanoCpus = Math.round((Number(match?.[1]) / Number(match?.[2] ?? 1)) * 1e9)
  return Number.isSafeInteger(nanoCpus) && nanoCpus > 0 ? nanoCpus : undefined
}

type Of<Key extends keyof HostOptions> = NonNullable<HostOptions[Key]> extends (infer Item)[] ? Item : never

/** `1024`, `1024:2048`; -1 is no limit. */
export function parseUlimit(name: string, text: string): Of<'Ulimits'> | undefined {
  const match = /^(-1|\d{1,15})(?::(-1|\d{1,15}))?$/.exec(text)
  if (match === null) return undefined
  const soft = Number(match[1])
  const hard = Number(match[2] ?? match[1])
  return hard !== -1 && (soft === -1 || soft > hard) ? undefined : { Name: name, Soft: soft, Hard: hard }
}

/** `/dev/kvm`, `/dev/kvm:/dev/kvm2`, `/dev/kvm:/dev/kvm:rw`. */
export function parseDevice(text: string): Of<'Devices'> | undefined {
  const match = /^([^:]+)(?::(\/[^:]*))?(?::([rwm]{1,3}))?$/.exec(text)
  if (match === null) return undefined
  const [, host = '', container = host, permissions = 'rwm'] = match
  return { PathOnHost: host, PathInContainer: container, CgroupPermissions: permissions }
}

/** `all`, `2`, `device=0,GPU-3a23c669`. */
export function parseGpus(text: string): Of<'DeviceRequests'> | undefined {
  const capabilities = { Capabilities: [['gpu']] }
  if (text === 'all') return { Count: -1, ...capabilities }
  if (/^\d{1,3}$/.test(text)) return { Count: Number(text), ...capabilities }
  const devices = /^"?device=([A-Za-z0-9_:.,-]+)"?$/.exec(text)?.[1]
  return devices === undefined ? undefined : { DeviceIDs: devices.split(','), ...capabilities }
}
