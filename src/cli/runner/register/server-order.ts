import type { RegistrationOrder } from '../../../runner/protocol/registration.ts'
import { RunnerRefused } from '../runner-refused.ts'
import type { GivenFlags } from './given-flags.ts'

const RESERVED = [
  'locked',
  'access-level',
  'run-untagged',
  'maximum-timeout',
  'paused',
  'tag-list',
  'maintenance-note',
] as const

export type AccessLevel = NonNullable<RegistrationOrder['accessLevel']>

/** @throws RunnerRefused */
export function readAccessLevel(given: GivenFlags): AccessLevel | undefined {
  const level = textOf(given, 'access-level')
  if (level === '') return undefined
  if (level === 'not_protected' || level === 'ref_protected') return level
  throw new RunnerRefused(`--access-level takes not_protected or ref_protected, not ${level}`)
}

/** What a server is told with a registration token. Defaults as GitLab Runner has them. */
export function serverOrder(
  given: GivenFlags,
  said: {
    readonly registrationToken: string
    readonly description: string
    readonly tags: string
    readonly note: string
  },
): RegistrationOrder {
  const tags = said.tags
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
  const accessLevel = readAccessLevel(given)
  const timeoutS = Number(given.get('maximum-timeout') ?? 0)
  return {
    registrationToken: said.registrationToken,
    description: said.description,
    tags,
    runsUntagged: tags.length === 0 || given.get('run-untagged') === true,
    isLocked: given.get('locked') !== false,
    isPaused: given.get('paused') === true,
    ...(said.note !== '' && { maintenanceNote: said.note }),
    ...(accessLevel !== undefined && { accessLevel }),
    ...(timeoutS > 0 && { maximumTimeoutMs: timeoutS * 1000 }),
  }
}

/**
 * With a token of a runner that was made on the server, all of this is kept there.
 * @returns a warning, where they were passed over: who gives such a token as a registration token, as older scripts
 *   do, goes on
 * @throws RunnerRefused with what was said
 */
export function checkServerSide(given: GivenFlags, token: string): string | undefined {
  const said = RESERVED.filter((name) => isSaid(given, name))
  if (said.length === 0) return undefined
  const names = said.map((name) => `--${name}`).join(', ')
  if (given.get('registration-token') === token) {
    return (
      'You have specified an authentication token in the legacy parameter --registration-token: ' +
      `${names} ignored, the server keeps that itself.`
    )
  }
  throw new RunnerRefused(
    `${names} cannot be specified when registering with a runner authentication token: it is kept by the server, ` +
      'and set there. Please try again without.',
  )
}

/** What only repeats a default says nothing. */
function isSaid(given: GivenFlags, name: (typeof RESERVED)[number]): boolean {
  const value = given.get(name)
  return name === 'locked' ? value === false : Boolean(value)
}

export function textOf(given: GivenFlags, name: string): string {
  const value = given.get(name)
  return typeof value === 'string' ? value : ''
}
