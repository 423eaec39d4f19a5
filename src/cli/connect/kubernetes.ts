import { HOSTS_DIRECTORY, hostsFiles, hostsNotes } from './hosts-toml.ts'
import { accessNotes, CHECK_IMAGE, type Connection, type ConnectionTarget, imagePrefix } from './target.ts'

/** containerd 1.x; the plugin has another name in 2.x, which knows the folder by itself. */
const CONFIG = `[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "${HOSTS_DIRECTORY}"
`

/** Nodes that run containerd. */
export function connectKubernetes(target: ConnectionTarget): Connection {
  return {
    files: [...hostsFiles(target), { path: '/etc/containerd/config.toml', text: CONFIG, kind: 'part' }],
    commands: ['systemctl restart containerd'],
    check: `crictl pull docker.io/${CHECK_IMAGE}`,
    notes: [
      'On every node. Only config.toml needs the restart, which leaves running containers alone.',
      'containerd 2.x looks in that folder unless its config.toml says otherwise: leave the second file out there.',
      ...hostsNotes(target),
      ...pullSecretNotes(target),
      ...accessNotes(target),
    ],
  }
}

function pullSecretNotes(target: ConnectionTarget): string[] {
  const { credential, url } = target
  if (credential === undefined) return []
  return [
    'A pull secret is offered to the registry that an image names, never to a mirror of it: name images by ' +
      `${imagePrefix(target)}/… and give their pods an imagePullSecret for ${url.host} with the user ` +
      `${credential.username}.`,
  ]
}
