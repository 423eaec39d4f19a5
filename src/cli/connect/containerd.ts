import { HOSTS_DIRECTORY, hostsFiles, hostsNotes } from './hosts-toml.ts'
import { accessNotes, CHECK_IMAGE, type Connection, type ConnectionTarget } from './target.ts'

/** containerd reads hosts.toml at every pull: nothing is to be restarted. */
export function connectContainerd(target: ConnectionTarget): Connection {
  return {
    files: hostsFiles(target),
    commands: [],
    check: `ctr images pull --hosts-dir ${HOSTS_DIRECTORY} docker.io/${CHECK_IMAGE}`,
    notes: [
      'nerdctl looks there by itself, ctr when it is told with --hosts-dir, and Kubernetes when config.toml ' +
        'names the folder: see `entrepot connect kubernetes`.',
      ...hostsNotes(target),
      ...accessNotes(target),
    ],
  }
}
