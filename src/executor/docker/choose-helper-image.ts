import type { DockerSettings } from '../config/docker-settings.ts'
import { defaultHelperImage } from '../images/helper-image.ts'

export interface HelperChoice {
  readonly settings: Pick<DockerSettings, 'helperImage' | 'helperImageFlavor'>
  readonly expand: (text: string) => string
  /** Of the engine: `linux/amd64`. */
  readonly platform: string
  /** See DockerExecutorOptions. */
  readonly ownImageId: string | undefined
}

export interface HelperImage {
  /** What is pulled, or the id of what is there. */
  readonly name: string
  /** What it would be if the settings named none; absent: they name none. */
  readonly overridden: string | undefined
}

/** The image in which git runs. */
export function chooseHelperImage({ settings, expand, platform, ownImageId }: HelperChoice): HelperImage {
  const { helperImage, helperImageFlavor } = settings
  // Who names a flavor wants GitLab's.
  const flavor = helperImageFlavor === undefined ? undefined : expand(helperImageFlavor)
  const own = flavor === undefined ? ownImageId : undefined
  const usual = own ?? defaultHelperImage(platform, flavor)
  return helperImage === undefined
    ? { name: usual, overridden: undefined }
    : { name: expand(helperImage), overridden: usual }
}
