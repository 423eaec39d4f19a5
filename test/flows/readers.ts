import { randomBytes } from 'node:crypto'
import { type GroupPath, parseGroupPath } from '../../src/oci/group-path.ts'
import { startScriptedUpstream } from '../support/scripted-upstream.ts'
import { errorCodeOf, startProxy } from '../support/start-proxy.ts'

const HOUR = 3_600_000
const LOOPBACK = { anonymousNetworks: ['127.0.0.0/8'] }
const SECRETS: Readonly<Record<string, string>> = {
  ours: 'our-password',
  owner: 'owner-password',
  stranger: 'stranger-password',
}

export interface Login {
  readonly username: string
  readonly password: string
}

/** One of the accounts at the upstream, with its real password or another one. */
export function login(username: string, password = SECRETS[username] ?? ''): Login {
  return { username, password }
}

/** Who asks for something: a group's anonymous client, or a job. */
export type Asker = { readonly group: string } | { readonly job: string; readonly login?: Login }

/**
 * A registry with an account of ours, one of somebody else who may read the same private repositories, and one who
 * may not; and a proxy whose groups use them: `team` ours, `owner` its own, `stranger` one that may nothing.
 */
export async function startReaders() {
  const allowed = new Set(['ours', 'owner'])
  const upstream = await startScriptedUpstream({
    auth: { kind: 'bearer' },
    tokens: {
      users: SECRETS,
      access: (user, repository) => repository.startsWith('library/') || allowed.has(user ?? ''),
    },
  })
  const own = (username: string) => ({ ...LOOPBACK, upstreams: new Map([['docker.io', login(username)]]) })
  const proxy = await startProxy({
    upstreams: {
      'docker.io': {
        at: upstream.url,
        credential: login('ours'),
        privateFor: ['team'],
        tokenHosts: [new URL(upstream.tokens.realm).host],
        maxStaleMs: 1_000 * HOUR,
      },
    },
    groups: {
      default: LOOPBACK,
      team: LOOPBACK,
      'team/web': LOOPBACK,
      others: LOOPBACK,
      owner: own('owner'),
      'owner/web': LOOPBACK,
      stranger: own('stranger'),
    },
  })

  const mint = async (group: GroupPath, given?: Login) => {
    const { credentials, jobLogins } = proxy.access
    const job = { group, repositories: [], ttlMs: 200 * HOUR, jobId: undefined, mintedBy: undefined }
    const { credential, secret } = await credentials.mintJob(job)
    if (given !== undefined) jobLogins.keep(credential.id, new Map([['docker.io', given]]))
    const authorization = `Basic ${Buffer.from(`gitlab-ci-token:${secret}`).toString('base64')}`
    return { id: credential.id, headers: { authorization } }
  }

  const get = async (asker: Asker, rest: string): Promise<Response> => {
    const group = 'job' in asker ? asker.job : asker.group
    const headers = 'job' in asker ? (await mint(parseGroupPath(group), asker.login)).headers : {}
    return proxy.get(`/v2/${group}/dependency_proxy/containers/${rest}`, headers)
  }

  /** An image of one layer at the upstream, pulled by somebody, and on the disk. */
  const cached = async (repository: string, asker: Asker) => {
    const image = upstream.addImage(repository, { tags: ['1'], layers: [randomBytes(1_000)] })
    const [layer] = image.layers
    if (layer === undefined) throw new Error('an image without a layer')
    const blob = `${repository}/blobs/${layer.digest}`
    for (const rest of [`${repository}/manifests/1`, blob]) {
      const reply = await get(asker, rest)
      if (reply.status !== 200) throw new Error(`${rest}: ${reply.status}`)
      await reply.arrayBuffer()
    }
    await proxy.blobCommitted(layer.digest)
    return { image, layer: layer.digest, manifest: `${repository}/manifests/${image.root.digest}`, blob }
  }

  return {
    upstream,
    proxy,
    /** The accounts that may read what is private. */
    allowed,
    mint,
    get,
    cached,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

export type Readers = Awaited<ReturnType<typeof startReaders>>

/** `200`, or the status with the code of the error. */
export async function told(reply: Response): Promise<string> {
  if (reply.status === 200) {
    await reply.arrayBuffer()
    return '200'
  }
  return `${reply.status} ${await errorCodeOf(reply)}`
}
