/** A program as docker-credential-helpers has them, which knows the login for one registry. */
export function credentialHelper(registry: string, username: string, password: string): string {
  return `#!/bin/sh
case $1 in
  list) echo '{"${registry}":"${username}"}' ;;
  get)
    read -r registry
    [ "$registry" = ${registry} ] || { echo 'credentials not found in native keychain'; exit 1; }
    echo '{"ServerURL":"${registry}","Username":"${username}","Secret":"${password}"}' ;;
esac
`
}
