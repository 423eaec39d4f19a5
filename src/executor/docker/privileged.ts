import { compileGlob } from '../../oci/glob.ts'
import type { DockerSettings } from '../config/docker-settings.ts'

type Privileges = Pick<
  DockerSettings,
  'privileged' | 'servicesPrivileged' | 'allowedPrivilegedImages' | 'allowedPrivilegedServices'
>

/** @param image as the user wrote it, expanded */
export function isBuildPrivileged(image: string, settings: Privileges): boolean {
  return settings.privileged && isAllowed(image, settings.allowedPrivilegedImages)
}

export function isServicePrivileged(image: string, settings: Privileges): boolean {
  const isWanted = settings.servicesPrivileged ?? settings.privileged
  return isWanted && isAllowed(image, settings.allowedPrivilegedServices)
}

function isAllowed(image: string, patterns: readonly string[]): boolean {
  return patterns.length === 0 || patterns.map(compileGlob).some((matches) => matches(image))
}
