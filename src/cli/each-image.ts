import type { CacheControl } from '../server/control/cache-control.ts'
import { ControlError } from '../server/control/errors.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK } from './context.ts'
import type { StorageFlags } from './storage-flags.ts'
import { withCache } from './with-cache.ts'

/**
 * Does one thing with each image, and says a line about each, in JSON one document per line. An image that it
 * cannot be done with keeps none of the others from it.
 * @returns EXIT_FAILED when there was such an image
 */
export function eachImage<T>(
  images: readonly string[],
  flags: StorageFlags,
  context: CliContext,
  work: {
    act(cache: CacheControl, image: string): Promise<T>
    say(reply: T): string
  },
): Promise<number> {
  const { stdout, stderr } = context
  return withCache(flags, context, async (cache) => {
    let code: number = EXIT_OK
    for (const image of images) {
      try {
        const reply = await work.act(cache, image)
        stdout.write(`${flags.json ? JSON.stringify(reply) : work.say(reply)}\n`)
      } catch (error) {
        // The server is gone, or an only image: there are no others to go on with.
        if (!(error instanceof ControlError) || error.code === 'failed' || images.length === 1) throw error
        stderr.write(`entrepot: ${error.message}\n`)
        code = EXIT_FAILED
      }
    }
    return code
  })
}
