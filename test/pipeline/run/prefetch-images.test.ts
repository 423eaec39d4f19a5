import { describe, expect, test } from 'vitest'
import type { ImageRequest, ImageResolver } from '../../../src/executor/images/image-resolver.ts'
import { prefetchImages, prefetchPlan } from '../../../src/pipeline/run/prefetch-images.ts'
import { aJob, anImage, aService } from '../../support/executor/a-job.ts'

describe('the images that are fetched before their jobs', () => {
  test.each([
    {
      name: 'each once, with the rights of the first job that names it',
      jobs: [
        aJob('ruby:3', { id: 1, services: [aService('redis:7')] }),
        aJob('ruby:3', { id: 2, services: [aService('postgres:15')] }),
      ],
      want: [
        [1, 'ruby:3', 'redis:7'],
        [2, 'postgres:15'],
      ],
    },
    {
      name: 'not those that hold variables: what they are is the business of their job',
      jobs: [aJob('ruby:$VERSION', { services: [aService('$CI_REGISTRY_IMAGE/db')] })],
      want: [],
    },
    {
      name: 'not those that must not be pulled',
      jobs: [aJob('', { image: anImage('ruby:3', { pullPolicies: ['never'] }) })],
      want: [],
    },
    {
      name: 'those of another platform by themselves',
      jobs: [
        aJob('ruby:3', { id: 1 }),
        aJob('', { id: 2, image: anImage('ruby:3', { platform: 'linux/arm64' }) }),
      ],
      want: [
        [1, 'ruby:3'],
        [2, 'ruby:3'],
      ],
    },
  ])('are $name', ({ jobs, want }) => {
    const plan = prefetchPlan(jobs)
    expect(plan.map(({ job, requests }) => [job.id, ...requests.map(({ name }) => name)])).toEqual(want)
  })

  test('are asked for all at once, and one that fails is nobody’s trouble yet', async () => {
    const asked: string[] = []
    const closed: number[] = []
    const prepare = async ([request]: readonly ImageRequest[]) => {
      asked.push(request?.name ?? '')
      if (request?.name === 'gone:1') throw new Error('there is no such image')
      return new Map()
    }
    const images: ImageResolver = {
      open: async ({ job }) => {
        if (job.id === 3) throw new Error('the cache gives no access')
        const close = async () => void closed.push(job.id)
        return { variables: [], prepare, openMirror: async () => undefined, close }
      },
      close: async () => {},
    }
    const jobs = [
      aJob('gone:1', { id: 1, services: [aService('redis:7')] }),
      aJob('ruby:3', { id: 2 }),
      aJob('node:22', { id: 3 }),
    ]
    await prefetchImages(jobs, images, [], new AbortController().signal)
    expect(asked.toSorted()).toEqual(['gone:1', 'redis:7', 'ruby:3'])
    expect(closed.toSorted()).toEqual([1, 2])
  })
})
