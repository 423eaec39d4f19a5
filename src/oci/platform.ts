import type { Platform } from './descriptor.ts'

const PLATFORM = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9.]+))?$/

/** What compilers and kernels call the architectures that images name otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', x64: 'amd64', aarch64: 'arm64' }

/** `linux/amd64`, `linux/arm/v7`; undefined for what is no platform. */
export function parsePlatform(text: string): Platform | undefined {
  const [, os, written, variant] = PLATFORM.exec(text.toLowerCase()) ?? []
  if (os === undefined || written === undefined) return undefined
  const architecture = ARCHITECTURES[written] ?? written
  // There is no other arm64, and most indexes leave it out.
  if (variant === undefined || (architecture === 'arm64' && variant === 'v8')) return { os, architecture }
  return { os, architecture, variant }
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`
}
