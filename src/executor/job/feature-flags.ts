import { isGoTrue } from './go-bool.ts'
import type { JobVariables } from './job-variables.ts'

/** The switches that have an effect here, and what they are when nobody says. */
const DEFAULTS = {
  /** Every line of the log says when it was written. */
  FF_TIMESTAMPS: true,
  /** Commands of several lines are shown whole, in sections. */
  FF_SCRIPT_SECTIONS: false,
  /** What the helper writes is for its owner alone, who is told. */
  FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR: false,
  /** A script ends with the first command that fails, also one that the shell's own rule lets pass. */
  FF_ENABLE_BASH_EXIT_CODE_CHECK: false,
  /** A job has a network of its own; GitLab Runner's jobs have one only where this is set. */
  FF_NETWORK_PER_BUILD: true,
  /** GIT_STRATEGY clone is `git clone`, with GIT_CLONE_EXTRA_FLAGS. */
  FF_USE_GIT_NATIVE_CLONE: false,
  /** The token of a runner is not renewed before it expires. Of the runner alone: jobs have no say in it. */
  FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: false,
} as const

export type FeatureFlag = keyof typeof DEFAULTS

export const FEATURE_FLAGS: readonly string[] = Object.keys(DEFAULTS)

/** The switches that somebody set otherwise than it usually is, in GitLab Runner's words: `FF_TIMESTAMPS:false`. */
export function changedFlags(
  settings: ReadonlyMap<string, boolean>,
  variables: JobVariables,
): readonly string[] {
  return (Object.keys(DEFAULTS) as FeatureFlag[])
    .map((flag) => ({ flag, isOn: isFeatureOn(flag, settings, variables) }))
    .filter(({ flag, isOn }) => isOn !== DEFAULTS[flag])
    .map(({ flag, isOn }) => `${flag}:${isOn}`)
}

/** @param settings of the runner: a job does not override them */
export function isFeatureOn(
  flag: FeatureFlag,
  settings: ReadonlyMap<string, boolean>,
  variables: JobVariables,
): boolean {
  const wish = variables.get(flag)
  return settings.get(flag) ?? (wish === undefined || wish === '' ? DEFAULTS[flag] : isGoTrue(wish))
}
