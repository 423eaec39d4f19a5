/** The port of the examples everywhere, and of Docker's own registry. Loopback: nobody else is let in unasked. */
export const DEFAULT_LISTEN = '127.0.0.1:5000'

export const DEFAULT_STORAGE_PATH = 'storage'

export const DEFAULT_CONFIG_FILE = 'entrepot.yaml'

/** The group that always exists, so that the first pull needs no settings. */
export const DEFAULT_GROUP = 'default'

/** Long enough that a pipeline's jobs share one answer, short enough that a moved tag is seen by the next one. */
export const DEFAULT_TAG_TTL_MS = 60_000

/** Longer than a weekend with an upstream gone. */
export const DEFAULT_MAX_STALE_MS = 7 * 86_400_000

/** Enough to fill a fast link with the layers of several images; below the connections to one origin. */
export const DEFAULT_MAX_DOWNLOADS = 32

/** Room for what comes while something is evicted. */
export const DEFAULT_HIGH_MARK = 0.95

/** Far enough below that not every download needs an eviction. */
export const DEFAULT_LOW_MARK = 0.85

/** A day for a terabyte, and not noticed beside pulls, a slow disk's included. */
export const DEFAULT_SCRUB_BYTES_PER_SECOND = 10 * 1024 ** 2

/** Ten of Docker Hub's hundred pulls: a few jobs that need something new still get it. */
export const DEFAULT_RESERVE = 0.1

export const EVERY_REPOSITORY = '**'

/** Registries that are there without settings, and the URL that serves each one's /v2/. */
export const BUILT_IN_UPSTREAMS: ReadonlyMap<string, string> = new Map([
  ['docker.io', 'https://registry-1.docker.io'],
  ['ghcr.io', 'https://ghcr.io'],
  ['quay.io', 'https://quay.io'],
  ['registry.k8s.io', 'https://registry.k8s.io'],
  ['gcr.io', 'https://gcr.io'],
  ['mcr.microsoft.com', 'https://mcr.microsoft.com'],
  ['public.ecr.aws', 'https://public.ecr.aws'],
  ['registry.gitlab.com', 'https://registry.gitlab.com'],
])
