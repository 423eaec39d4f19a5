import { describe, expect, test } from 'vitest'
import type { ImageState } from '../../../src/cli/run/cached-images.ts'
import { type PlanImage, planImages } from '../../../src/cli/run/plan-images.ts'
import { planCost } from '../../../src/cli/run/print-plan.ts'
import type { ImageConfig } from '../../../src/pipeline/config/image-config.ts'
import { planPipeline } from '../../../src/pipeline/plan/plan-pipeline.ts'
import { AT, job, pipeline, variables } from '../../pipeline/support/configs.ts'
import { context } from '../../pipeline/support/context.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`

function image(name: string): ImageConfig {
  return { name, entrypoint: undefined, pullPolicies: [], platform: undefined, user: undefined, at: AT }
}

function service(name: string) {
  return { ...image(name), alias: undefined, command: undefined, variables: [] }
}

describe('the images of a plan', () => {
  test('are each there once, with the jobs that want them', () => {
    const plan = planPipeline(
      pipeline([
        job('build', { image: image('node:22'), services: [service('redis:7')] }),
        job('test', { image: image('node:22'), services: [service('node:22')] }),
        job('deploy', { image: image(`alpine@${DIGEST}`), when: 'manual' }),
      ]),
      context(),
    )
    expect(planImages(plan)).toEqual([
      {
        name: 'node:22',
        canonical: 'docker.io/library/node:22',
        isPinned: false,
        jobs: ['build', 'test'],
        isManual: false,
      },
      {
        name: 'redis:7',
        canonical: 'docker.io/library/redis:7',
        isPinned: false,
        jobs: ['build'],
        isManual: false,
      },
      {
        name: `alpine@${DIGEST}`,
        canonical: `docker.io/library/alpine@${DIGEST}`,
        isPinned: true,
        jobs: ['deploy'],
        isManual: true,
      },
    ])
  })

  test.each([
    { written: 'node:$VERSION', name: 'node:22', canonical: 'docker.io/library/node:22' },
    {
      written: '$CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX/node:22',
      name: 'node:22',
      canonical: 'docker.io/library/node:22',
    },
    {
      written: '$' + '{CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX}/ghcr.io/a/b:1',
      name: 'ghcr.io/a/b:1',
      canonical: 'ghcr.io/a/b:1',
    },
    { written: 'node:$NOBODY_KNOWS', name: 'node:$NOBODY_KNOWS', canonical: undefined },
    { written: 'No Image', name: 'No Image', canonical: undefined },
  ])('$written is $name', ({ written, name, canonical }) => {
    const jobs = [job('build', { image: image(written), variables: variables({ VERSION: '22' }) })]
    expect(planImages(planPipeline(pipeline(jobs), context()))).toMatchObject([{ name, canonical }])
  })
})

describe('what a run costs', () => {
  const wanted = (name: string, facts: Partial<PlanImage> = {}): PlanImage => {
    return { name, canonical: name, isPinned: false, jobs: ['build'], isManual: false, ...facts }
  }
  const cached: ImageState = { state: 'cached', bytes: 1 }

  test.each([
    {
      name: 'nothing for what is pinned and here',
      images: [wanted('a', { isPinned: true })],
      state: cached,
      want: [0, 0],
    },
    {
      name: 'a question for a tag that is here',
      images: [wanted('a'), wanted('b')],
      state: cached,
      want: [0, 2],
    },
    {
      name: 'a pull for what is not',
      images: [wanted('a')],
      state: { state: 'absent' } as const,
      want: [1, 0],
    },
    {
      name: 'a pull for what the cache does not front',
      images: [wanted('a')],
      state: { state: 'direct' } as const,
      want: [1, 0],
    },
    {
      name: 'nothing for jobs that wait for a person',
      images: [wanted('a', { isManual: true })],
      state: { state: 'absent' } as const,
      want: [0, 0],
    },
  ])('$name', ({ images, state, want: [upstreamPulls, confirmations] }) => {
    const states = new Map(images.map((each) => [each.name, state]))
    expect(planCost(images, states)).toEqual({ upstreamPulls, confirmations })
  })
})
