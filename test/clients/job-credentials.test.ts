import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ClientMachine, startClientMachine } from '../support/real/client-machine.ts'
import { engineBuildkitClient } from '../support/real/clients/buildkit-client.ts'
import { startContainerdClient } from '../support/real/clients/containerd-client.ts'
import { startDockerClient } from '../support/real/clients/docker-client.ts'
import { podmanClient } from '../support/real/clients/podman-client.ts'
import { CONTAINERD, ENGINE, IMAGES, STAGE } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { builtImage, IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { type ClosedStage, type Job, startClosedStage } from './closed-stage.ts'
import { startThreeRegistries, type ThreeRegistries } from './three-registries.ts'

const PLATFORM = 'linux/amd64'

let upstreams: ThreeRegistries

beforeAll(async () => {
  upstreams = await startThreeRegistries()
}, IMAGE_BUILD_TIMEOUT_MS)

afterAll(() => upstreams?.[Symbol.asyncDispose]())

/** The image of a registry that serves nobody without a token; `acme` may have it. */
async function privateImage({ prefix }: Job) {
  const { root } = await builtImage('notes')
  const name = `${prefix}/quay.io/team/notes`
  return { byTag: `${name}:v3`, byDigest: `${name}@${root.digest}`, digest: root.digest }
}

/** Lets the machine's engine speak plain HTTP to us. The BuildKit of older ones knows this spelling alone. */
function daemonJson({ entrepot }: ClosedStage, settings: object = {}) {
  const insecure = { 'insecure-registries': [entrepot.url] }
  return [{ path: '/etc/docker/daemon.json', text: JSON.stringify({ ...insecure, ...settings }) }]
}

function login(machine: ClientMachine, { user, password, server }: Job, program = 'docker'): Promise<string> {
  const insecure = program === 'podman' ? ['--tls-verify=false'] : []
  const command = [program, 'login', ...insecure, '--username', user, '--password-stdin', server]
  return machine.run(command, { input: password })
}

async function auditOf({ entrepot }: ClosedStage): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(entrepot.storage, 'audit.log'), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** What came out of the cache, and of the upstream, for one group. */
function pulledBy({ entrepot }: ClosedStage, group: string): readonly string[] {
  const lines = entrepot.logs.filter(
    ({ event, url }) => event === 'request.served' && String(url).includes(`/${group}/`),
  )
  return lines.map(({ url }) => String(url))
}

describeWith([...STAGE, ...ENGINE, ...IMAGES], 'Docker Engine with the credential of a job', () => {
  test('pulls a private image by tag and by digest, until it is revoked; another group never does', async () => {
    await using stage = await startClosedStage(upstreams)
    await using machine = await startClientMachine({ network: stage.network })
    await machine.install(daemonJson(stage))
    const client = await startDockerClient(machine)
    const job = await stage.mintJob('acme')
    const { byTag, byDigest, digest } = await privateImage(job)

    await expect(client.pull(byTag, PLATFORM)).rejects.toThrow(/unauthorized|no basic auth|denied/i)
    await login(machine, job)
    for (const reference of [byTag, byDigest]) {
      expect(await client.pull(reference, PLATFORM)).toContain(digest)
      await client.empty()
    }

    const other = await stage.mintJob('other')
    await login(machine, other)
    const foreign = await privateImage(other)
    for (const reference of [foreign.byTag, foreign.byDigest, byTag, byDigest]) {
      await expect(client.pull(reference, PLATFORM), reference).rejects.toThrow(
        /denied|not found|unknown|unauthorized/i,
      )
    }
    expect(pulledBy(stage, 'other')).toEqual([])

    await login(machine, job)
    await stage.revokeJob(job)
    for (const reference of [byTag, byDigest]) {
      await expect(client.pull(reference, PLATFORM)).rejects.toThrow(/unauthorized|denied/i)
    }
    await expect(login(machine, job)).rejects.toThrow(/unauthorized/i)

    const events = await auditOf(stage)
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'job_credential.minted', subject: job.id }),
    )
    expect(events).toContainEqual(expect.objectContaining({ event: 'pull.denied', credentialId: other.id }))
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'job_credential.revoked', subject: job.id }),
    )
    expect(events.at(-1)).toMatchObject({ event: 'login.refused', credentialId: job.id, reason: 'revoked' })
  })

  test('builds on a private image with BuildKit', async () => {
    await using stage = await startClosedStage(upstreams)
    await using machine = await startClientMachine({ network: stage.network })
    await machine.install(daemonJson(stage))
    await startDockerClient(machine)
    const client = engineBuildkitClient(machine)
    const job = await stage.mintJob('acme')
    const { byTag, digest } = await privateImage(job)
    await expect(client.pull(byTag, PLATFORM)).rejects.toThrow(/unauthorized|denied|authorization failed/i)
    await login(machine, job)
    expect(await client.pull(byTag, PLATFORM)).toContain(digest)
    await client.empty()
    await stage.revokeJob(job)
    await expect(client.pull(byTag, PLATFORM)).rejects.toThrow(/unauthorized|denied|authorization failed/i)
  })

  test('its user is logged in at Docker Hub: the password is offered to the mirror, which takes no harm of it', async () => {
    await using stage = await startClosedStage(upstreams, { isMirrorOpen: true })
    await using machine = await startClientMachine({ network: stage.network })
    const hub = Buffer.from('somebody:s3cret-of-somebody').toString('base64')
    const config = JSON.stringify({ auths: { 'https://index.docker.io/v1/': { auth: hub } } })
    const mirror = { 'registry-mirrors': [stage.entrepot.url] }
    await machine.install([...daemonJson(stage, mirror), { path: '/root/.docker/config.json', text: config }])
    const client = await startDockerClient(machine)
    const { root } = await builtImage('busybox')
    expect(await client.pull('busybox:1.35', PLATFORM)).toContain(root.digest)
    const challenged = stage.entrepot.logs.filter(
      ({ event, url }) => event === 'request.refused' && url === '/v2/',
    )
    expect(challenged).not.toEqual([])
    expect(stage.entrepot.logs.filter(({ event }) => event === 'login.refused')).toEqual([])
    expect(JSON.stringify(stage.entrepot.logs)).not.toContain('s3cret-of')
  })
})

describeWith([...STAGE, ...CONTAINERD, ...IMAGES], 'with the credential of a job', () => {
  test('containerd pulls (ctr --user), until it is revoked', async () => {
    await using stage = await startClosedStage(upstreams)
    await using machine = await startClientMachine({ network: stage.network })
    const client = await startContainerdClient(machine)
    const job = await stage.mintJob('acme')
    const { byTag, byDigest, digest } = await privateImage(job)
    const ctr = (...args: string[]) =>
      machine.run(['ctr', 'images', 'pull', '--plain-http', '--platform', PLATFORM, ...args])
    const user = ['--user', `${job.user}:${job.password}`]
    await expect(ctr(byTag)).rejects.toThrow(/401|unauthorized|authorization/i)
    for (const reference of [byTag, byDigest]) {
      await ctr(...user, reference)
      expect(await machine.run(['ctr', 'images', 'ls', `name==${reference}`])).toContain(digest)
      await client.empty()
    }
    await stage.revokeJob(job)
    await expect(ctr(...user, byTag)).rejects.toThrow(/401|unauthorized|authorization/i)
  })
})

describeWith([...STAGE, 'podman', 'skopeo', ...IMAGES], 'with the credential of a job', () => {
  test('podman pulls after a login, until it is revoked', async () => {
    await using stage = await startClosedStage(upstreams)
    await using machine = await startClientMachine({ network: stage.network })
    const registries = `[[registry]]\nlocation = "${stage.entrepot.address}"\ninsecure = true\n`
    await machine.install([{ path: '/etc/containers/registries.conf', text: registries }])
    const client = await podmanClient(machine)
    const job = await stage.mintJob('acme')
    const { byTag, byDigest, digest } = await privateImage(job)
    await expect(client.pull(byTag, PLATFORM)).rejects.toThrow(/unauthorized|denied|credentials/i)
    await login(machine, job, 'podman')
    for (const reference of [byTag, byDigest]) {
      expect(await client.pull(reference, PLATFORM)).toContain(digest)
      await client.empty()
    }
    await stage.revokeJob(job)
    await expect(client.pull(byTag, PLATFORM)).rejects.toThrow(/unauthorized|denied|credentials|invalid/i)
  })

  test('skopeo copies (--src-creds), until it is revoked', async () => {
    await using stage = await startClosedStage(upstreams)
    await using machine = await startClientMachine({ network: stage.network })
    const job = await stage.mintJob('acme')
    const { byTag, byDigest } = await privateImage(job)
    const copy = (reference: string) => {
      const credentials = ['--src-creds', `${job.user}:${job.password}`, '--src-tls-verify=false']
      return machine.run(['skopeo', 'copy', ...credentials, `docker://${reference}`, 'dir:/var/tmp/copied'])
    }
    for (const reference of [byTag, byDigest]) await copy(reference)
    await stage.revokeJob(job)
    await expect(copy(byTag)).rejects.toThrow(/unauthorized|denied|credentials|invalid/i)
  })
})
