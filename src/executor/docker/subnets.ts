/** An IPv4 network: its first address as a number, and how many bits name it. */
export interface Subnet {
  readonly base: number
  readonly bits: number
}

/** Sixteen addresses: a gateway, the job's two containers, and a dozen services. */
const JOB_BITS = 28

/** @returns undefined for what is no IPv4 network: `172.29.0.0/16` is one */
export function parseSubnet(text: string): Subnet | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text)
  if (match === null) return undefined
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number)
  if ([a, b, c, d].some((part) => part > 255) || bits > 32) return undefined
  const address = ((a * 256 + b) * 256 + c) * 256 + d
  return { base: address - (address % size(bits)), bits }
}

export function formatSubnet({ base, bits }: Subnet): string {
  return `${formatAddress(base)}/${bits}`
}

function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

/** Where engines put the gateway. */
export function firstAddress({ base }: Subnet): string {
  return formatAddress(base + 1)
}

/**
 * Networks for one job out of the pools that overlap none of those taken.
 * @param start between 0 and 1, where in the pool to begin: two who choose at once should not choose the same
 */
export function* freeSubnets(
  pools: readonly string[],
  taken: readonly string[],
  start: number,
): Generator<string> {
  const occupied = taken.flatMap((text) => parseSubnet(text) ?? [])
  for (const pool of pools.flatMap((text) => parseSubnet(text) ?? [])) {
    const bits = Math.max(pool.bits, JOB_BITS)
    const count = size(pool.bits) / size(bits)
    for (let step = 0; step < count; step++) {
      const number = (Math.floor(start * count) + step) % count
      const subnet = { base: pool.base + number * size(bits), bits }
      if (!occupied.some((other) => overlap(subnet, other))) yield formatSubnet(subnet)
    }
  }
}

function overlap(one: Subnet, other: Subnet): boolean {
  return one.base < other.base + size(other.bits) && other.base < one.base + size(one.bits)
}

function size(bits: number): number {
  return 2 ** (32 - bits)
}
