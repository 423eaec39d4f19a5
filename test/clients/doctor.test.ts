import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Finding } from '../../src/cli/doctor/finding.ts'
import { buildDist } from '../support/real/build-dist.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'
import { createEngineNetwork } from '../support/real/engine-network.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'

const PULL = ['--pull', 'library/busybox:1.35']

/** What doctor says of the engine. */
async function engineFindings(
  entrepot: EntrepotProcess,
  engine: Engine,
  ...flags: string[]
): Promise<string[]> {
  const args = [await buildDist(), 'doctor', '--json', '--storage', entrepot.storage, ...flags]
  const env = { ...process.env, DOCKER_HOST: engine.endpoint }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env }).catch((error) => error)
  const { checks }: { checks: Finding[] } = JSON.parse(stdout)
  return checks.filter(({ check }) => check === 'docker').map(({ status, message }) => `${status} ${message}`)
}

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'entrepot doctor asks a Docker Engine', () => {
  test('that has the server as its mirror, and may pull', async () => {
    await using registry = await startDockerRegistry({ images: ['busybox'] })
    await using network = await createEngineNetwork()
    await using entrepot = await startEntrepot({
      upstreams: { 'docker.io': registry.url },
      listen: [`${network.hostAddress}:0`],
      anonymousNetworks: [network.subnet],
    })
    await using engine = await startEngine({ network, registryMirrors: [entrepot.url] })
    expect(await engineFindings(entrepot, engine, ...PULL)).toEqual([
      expect.stringMatching(/^ok engine .* as its mirror$/),
      expect.stringMatching(/^ok the engine reaches .* and may pull$/),
      expect.stringMatching(/^ok the engine pulled .*\/library\/busybox:1\.35$/),
    ])
  })

  test('that is let in by nobody, and one that the server is out of reach for', async () => {
    await using registry = await startDockerRegistry({ images: ['busybox'] })
    await using engine = await startEngine()
    const upstreams = { 'docker.io': registry.url }
    await using closed = await startEntrepot({ upstreams, listen: [`${engine.hostAddress}:0`] })
    expect((await engineFindings(closed, engine, ...PULL)).slice(1)).toEqual([
      expect.stringMatching(/is asked for credentials/),
      expect.stringMatching(/^fail the engine did not pull /),
    ])
    // The engine has a loopback of its own.
    await using elsewhere = await startEntrepot({ upstreams })
    expect((await engineFindings(elsewhere, engine)).slice(1)).toEqual([
      expect.stringMatching(/^fail the engine does not get through to 127\.0\.0\.1:/),
    ])
  })
})
