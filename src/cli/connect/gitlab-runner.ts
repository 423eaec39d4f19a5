import {
  accessNotes,
  CHECK_IMAGE,
  type Connection,
  type ConnectionTarget,
  isOnThisMachine,
  isPlainHttp,
} from './target.ts'

/** A runner with the Docker executor: its engine pulls, by the names that jobs write. */
export function connectGitlabRunner(target: ConnectionTarget): Connection {
  const { url, group, credential } = target
  // GitLab writes the port always, and Docker looks credentials up by the very same text.
  const server = url.port === '' ? `${url.host}:${isPlainHttp(target) ? 80 : 443}` : url.host
  const prefix = `${server}/${group}/dependency_proxy/containers`
  return {
    files: [
      {
        path: '/etc/gitlab-runner/config.toml',
        text: runnerLines(server, prefix, credential),
        kind: 'part',
      },
    ],
    commands: [],
    check: `docker pull ${prefix}/${CHECK_IMAGE}`,
    notes: [
      'The lines belong into the [[runners]] section that is there. The runner reads its file again by itself.',
      "Jobs then write image: $CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX/node:22, as with GitLab's own proxy.",
      "What GitLab sends with a job wins over the runner. Where the group has GitLab's own proxy turned on, make " +
        `CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX a CI/CD variable of the group, with the value ${prefix}.`,
      "Jobs that name Docker Hub images as usual come by way of the engine's mirror: see `entrepot connect docker`.",
      ...(isPlainHttp(target) && !isOnThisMachine(target)
        ? [`The engine needs { "insecure-registries": ["${server}"] } in /etc/docker/daemon.json.`]
        : []),
      ...(credential === undefined
        ? []
        : [
            `Credentials for ${server} (user ${credential.username}) go into DOCKER_AUTH_CONFIG, beside the other ` +
              'variables: put what the command above it prints in place of BASE64, and take the # away. Every job on ' +
              'this runner can read what is there: give the runner a credential of its own.',
            'A job with a DOCKER_AUTH_CONFIG of its own has that one instead, as a whole.',
          ]),
      ...accessNotes(target),
    ],
  }
}

function runnerLines(server: string, prefix: string, credential: ConnectionTarget['credential']): string {
  const login =
    credential === undefined
      ? ''
      : `    # printf '${credential.username}:%s' "$SECRET" | base64 -w0
    # 'DOCKER_AUTH_CONFIG={"auths":{"${server}":{"auth":"BASE64"}}}',
`
  return `[[runners]]
  environment = [
    "CI_DEPENDENCY_PROXY_SERVER=${server}",
    "CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX=${prefix}",
    "CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX=${prefix}",
${login}  ]
  [runners.docker]
    image = "${prefix}/${CHECK_IMAGE}"
`
}
