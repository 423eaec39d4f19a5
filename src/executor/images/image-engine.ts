import type { Platform } from '../../oci/descriptor.ts'
import type { RegistryLogin } from '../auth/registry-login.ts'

/** What images need of an engine. Every method may be called concurrently, and stops when its signal says so. */
export interface ImageEngine {
  /** What the engine runs when nobody says otherwise. */
  platform(signal: AbortSignal): Promise<Platform>
  /** An image of the engine by any of its names, `name@digest` and id. Asks nobody else. */
  find(reference: string, signal: AbortSignal): Promise<LocalImage | undefined>
  /**
   * Gets an image from a registry. One try.
   * @throws ImagePullError
   */
  pull(
    order: PullOrder,
    onProgress: (layer: LayerProgress) => void,
    signal: AbortSignal,
  ): Promise<PulledImage>
  /**
   * Asks the registry what a reference leads to, and with that, whether the login may read it. Pulls nothing.
   * @throws ImagePullError
   */
  resolve(reference: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<string>
  tag(imageId: string, reference: string, signal: AbortSignal): Promise<void>
  /** Takes a name away from an image that has others. Nothing happens when the name is gone. */
  untag(reference: string, signal: AbortSignal): Promise<void>
}

export interface LocalImage {
  /** `sha256:…` */
  readonly id: string
  /** `postgres:12.2` */
  readonly tags: readonly string[]
  /** `postgres@sha256:…`: what registries know it by. Empty for what was built here. */
  readonly digests: readonly string[]
  readonly platform: Platform
}

export interface PullOrder {
  /** With tag or digest. */
  readonly reference: string
  /** Undefined: as nobody. */
  readonly login: RegistryLogin | undefined
  /** `linux/arm64`; undefined: the engine's own. */
  readonly platform: string | undefined
}

export interface PulledImage {
  /** Of the index or manifest that the reference led to. Undefined: the engine did not say. */
  readonly digest: string | undefined
}

/** How far one layer has been downloaded. */
export interface LayerProgress {
  readonly layer: string
  readonly bytes: number
  /** Undefined until the registry has said. */
  readonly totalBytes: number | undefined
}
