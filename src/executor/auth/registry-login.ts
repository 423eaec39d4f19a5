/**
 * How the engine proves itself to a registry. A password may be handed to whoever speaks to that registry for us;
 * the tokens are the engine's own business.
 */
export type RegistryLogin =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** What `docker login` keeps when a registry gave it a refresh token. */
  | { readonly kind: 'identity-token'; readonly token: string }
  | { readonly kind: 'registry-token'; readonly token: string }

/** A login, and what it is for. */
export interface CredentialEntry {
  /** As it was written: `https://index.docker.io/v1/`, `registry.example.com:5000/team`. */
  readonly key: string
  /** The key in the spelling that images are compared in: `docker.io`, `registry.example.com:5000/team`. */
  readonly path: string
  /** Where it comes from, for people: `$DOCKER_AUTH_CONFIG`. */
  readonly source: string
  readonly login: RegistryLogin
}
