import type { Engine } from '../../../src/executor/docker/engine.ts'
import type { ImageResolver, ImageRole, PreparedImage } from '../../../src/executor/images/image-resolver.ts'

/** Takes images that the engine has, and pulls nothing. */
export function presentImages(engine: Engine): ImageResolver {
  return {
    open: async () => ({
      variables: [],
      prepare: async (requests, signal) => {
        const found = requests.map(async ({ role, name }): Promise<[ImageRole, PreparedImage]> => {
          const ask = (docker: Engine['docker']) => docker.getImage(name).inspect()
          const image = await engine.call(`inspect image ${name}`, ask, { signal })
          const arrival = { digest: undefined, source: 'local', bytes: 0, upstreamRequests: 0 } as const
          return [role, { name, imageId: image.Id, arrival }]
        })
        return new Map(await Promise.all(found))
      },
      openMirror: async () => undefined,
      close: async () => {},
    }),
    close: async () => {},
  }
}
