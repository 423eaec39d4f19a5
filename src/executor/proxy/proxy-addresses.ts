/** Under which names one proxy is reached, each `HOST:PORT`. */
export interface ProxyAddresses {
  /** In names of images: where the Docker Engine reaches it. Engines take plain HTTP from loopback only. */
  readonly engine: string
  /** In CI_DEPENDENCY_PROXY_*: where containers reach it. Absent: they cannot. */
  readonly job: string | undefined
  /** Whether that is HTTPS. */
  readonly isJobSecure: boolean
  /** Where programs reach it; images may be named under each. */
  readonly api: readonly string[]
}
