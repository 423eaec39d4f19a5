/** `listen_address` of config.toml. */
export interface MetricsAddress {
  /** Empty: all addresses of this machine. */
  readonly host: string
  readonly port: number
}

/** That of GitLab Runner. */
const DEFAULT_PORT = 9252

/** `127.0.0.1:9252`, `[::1]:9252`, `:9252`, `localhost`; undefined for what is no address. */
export function metricsAddress(text: string): MetricsAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9_.-]*))(?::(\d{1,5}))?$/.exec(text)
  if (match === null) return undefined
  const [, address, name = '', port] = match
  const number = port === undefined ? DEFAULT_PORT : Number(port)
  return number > 65_535 ? undefined : { host: address ?? name, port: number }
}
