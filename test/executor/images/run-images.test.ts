import { describe, expect, test } from 'vitest'
import type { PreparedImage } from '../../../src/executor/images/image-resolver.ts'
import { RunImages } from '../../../src/executor/images/run-images.ts'

const NEVER = new AbortController().signal

function image(imageId: string): PreparedImage {
  const arrival = { digest: undefined, source: 'miss', bytes: 1, upstreamRequests: 1 } as const
  return { name: 'postgres:15', imageId, arrival }
}

describe('images of a run', () => {
  test('are prepared once, however many want them at the same time and later', async () => {
    const images = new RunImages()
    let count = 0
    const prepare = async () => image(`id-${++count}`)
    const both = await Promise.all([
      images.once('a', prepare, NEVER),
      images.once('a', prepare, NEVER),
      images.once('b', prepare, NEVER),
    ])
    expect(both.map(({ image, isOwn }) => [image.imageId, isOwn])).toEqual([
      ['id-1', true],
      ['id-1', false],
      ['id-2', true],
    ])
    expect(await images.once('a', prepare, NEVER)).toEqual({ image: image('id-1'), isOwn: false })
  })

  test('that somebody did not get are tried again by those who waited, once', async () => {
    const images = new RunImages()
    const refused = images.once('a', () => Promise.reject(new Error('no')), NEVER)
    let count = 0
    const prepare = async () => image(`id-${++count}`)
    const others = [images.once('a', prepare, NEVER), images.once('a', prepare, NEVER)]
    await expect(refused).rejects.toThrow('no')
    expect((await Promise.all(others)).map(({ isOwn }) => isOwn)).toEqual([true, false])
    expect(count).toBe(1)
  })

  test('are not waited for by whoever is told to stop', async () => {
    const images = new RunImages()
    let resolve: (image: PreparedImage) => void = () => {}
    const promise = new Promise<PreparedImage>((settle) => {
      resolve = settle
    })
    const first = images.once('a', () => promise, NEVER)
    const stop = new AbortController()
    const second = images.once('a', () => promise, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(second).rejects.toThrow('stopped')
    resolve(image('id'))
    expect((await first).isOwn).toBe(true)
  })
})
