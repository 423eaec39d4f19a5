/** Where GitLab publishes its helper: a small image with git, git-lfs and a shell. */
export const HELPER_REPOSITORY = 'registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper'

/** A release of GitLab Runner, so that what fetches the sources changes with ours and never by itself. */
const HELPER_VERSION = 'v19.3.0'

/** Go's names of processors and the helper's, where they are not the same. */
const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'x86_64' }

/** Without a word in the image's tag: it was there before the others. */
const FIRST_FLAVOR = 'alpine'

/**
 * The image that does the helper's work where the settings name none.
 * @param platform of the engine: `linux/amd64`
 * @param flavor `alpine`, `ubuntu`: helper_image_flavor
 */
export function defaultHelperImage(platform: string, flavor: string = FIRST_FLAVOR): string {
  const architecture = platform.split('/')[1] ?? ''
  const prefix = flavor === FIRST_FLAVOR ? '' : `${flavor}-`
  return `${HELPER_REPOSITORY}:${prefix}${ARCHITECTURES[architecture] ?? architecture}-${HELPER_VERSION}`
}
