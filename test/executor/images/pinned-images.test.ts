import { describe, expect, test } from 'vitest'
import { EngineImageResolver } from '../../../src/executor/images/engine-image-resolver.ts'
import type { ImageEngine } from '../../../src/executor/images/image-engine.ts'
import type { SharedImages } from '../../../src/executor/images/image-resolver.ts'
import { MemoryPullProofs } from '../../../src/executor/images/pull-proofs.ts'
import { RunImages } from '../../../src/executor/images/run-images.ts'
import { aJob } from '../../support/executor/a-job.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const SIGNAL = new AbortController().signal
const SILENT = { write() {}, info() {}, line() {}, warn() {}, error() {} }

const refused = () => Promise.reject(new Error('nobody is asked'))

/** Has one image of every name, another one whenever it is looked at again: its tags move all the time. */
function restlessEngine(): ImageEngine {
  let looks = 0
  const platform = { os: 'linux', architecture: 'amd64' }
  return {
    platform: async () => platform,
    find: async () => ({ id: `sha256:${++looks}`, tags: [], digests: [], platform }),
    ...{ pull: refused, resolve: refused, tag: refused, untag: refused },
  }
}

/** Of jobs one after the other, whose image is written so and is `ruby:3` then, and must not be pulled. */
async function idsOf(written: string, shared: SharedImages | undefined): Promise<readonly string[]> {
  const clock = new FakeClock()
  const resolver = new EngineImageResolver({
    engine: restlessEngine(),
    settings: {
      ...{ image: undefined, services: [], allowedImages: [], allowedServices: [], helperImage: undefined },
      ...{ pullPolicies: ['never'], allowedPullPolicies: ['never'], mirrors: [] },
    },
    ...{ proxy: undefined, group: undefined, homeDirectory: undefined, helpers: { env: {} } },
    ...{ proofs: new MemoryPullProofs(clock), clock, random: () => 0 },
  })
  const ids: string[] = []
  for (const id of [1, 2]) {
    const order = { job: aJob(written, { id }), variables: [], trace: SILENT, ...(shared && { shared }) }
    const images = await resolver.open(order, SIGNAL)
    const request = { role: 'build', name: 'ruby:3', isConfigured: false, platform: undefined } as const
    const prepared = await images.prepare([{ ...request, pullPolicies: [] }], SIGNAL)
    ids.push(prepared.get('build')?.imageId ?? '')
  }
  return ids
}

describe('an image that several jobs of a run name', () => {
  test('in so many words is the same for all of them, also when its tag has moved', async () => {
    expect(await idsOf('ruby:3', new RunImages())).toEqual(['sha256:1', 'sha256:1'])
  })

  test('with variables is what it is for each job, and so it is in jobs that have nothing in common', async () => {
    expect(await idsOf('ruby:$VERSION', new RunImages())).toEqual(['sha256:1', 'sha256:2'])
    expect(await idsOf('ruby:3', undefined)).toEqual(['sha256:1', 'sha256:2'])
  })
})
