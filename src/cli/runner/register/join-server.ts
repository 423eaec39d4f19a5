import { CoordinatorError } from '../../../runner/protocol/coordinator-error.ts'
import type { RegisteredRunner, Registration } from '../../../runner/protocol/registration.ts'
import { isCreatedToken } from '../../../runner/protocol/registration.ts'
import type { CliContext } from '../../context.ts'
import type { GivenFlags } from './given-flags.ts'
import type { Questions } from './questions.ts'
import { refusedBy } from './registration-failed.ts'
import { checkServerSide, serverOrder, textOf } from './server-order.ts'

export interface JoinOrder {
  readonly given: GivenFlags
  /** What an empty answer to the question for a name means. */
  readonly defaultName: string
  readonly registration: Registration
  readonly questions: Questions
  readonly isKnown: (token: string) => boolean
  readonly stderr: CliContext['stderr']
}

/** A runner that its server knows. */
export interface Joined extends RegisteredRunner {
  readonly name: string
  /** Whether this registration made it known: then a failure afterwards makes it unknown again. */
  readonly isNew: boolean
}

/**
 * Makes a runner known to its server, by the token that there is: one of a runner that was made there, a registration
 * token, or, from old times, one of a runner that was registered somewhere else.
 * @param onJoined is told at once, before anything else is asked
 * @throws RegistrationFailed, RunnerRefused
 */
export async function joinServer(order: JoinOrder, onJoined: (token: string) => void): Promise<Joined> {
  const { given, questions, defaultName, registration, stderr } = order
  const token = textOf(given, 'token')
  if (token !== '' && !isCreatedToken(token)) {
    stderr.write("If you want to register use the '-r' instead of '-t'.\n")
    return { ...(await verify(registration, token, stderr)), name: defaultName, isNew: false }
  }
  const shown =
    token ||
    (await questions.ask({
      flag: 'registration-token',
      prompt: 'Enter the registration token:',
      given: textOf(given, 'registration-token'),
    }))
  return isCreatedToken(shown) ? joinCreated(order, shown, onJoined) : joinNew(order, shown, onJoined)
}

/** It was made on the server, which keeps what is to be kept of it. */
async function joinCreated(
  { given, questions, defaultName, registration, isKnown, stderr }: JoinOrder,
  token: string,
  onJoined: (token: string) => void,
): Promise<Joined> {
  if (isKnown(token)) {
    stderr.write('A runner with this system ID and token has already been registered.\n')
  }
  const warning = checkServerSide(given, token)
  if (warning !== undefined) stderr.write(`${warning}\n`)
  const registered = await verify(registration, token, stderr)
  onJoined(token)
  const name = await questions.ask({
    flag: 'name',
    prompt: 'Enter a name for the runner. This is stored only in the local config.toml file:',
    given: defaultName,
  })
  return { ...registered, name, isNew: true }
}

async function joinNew(
  { given, questions, defaultName, registration, stderr }: JoinOrder,
  registrationToken: string,
  onJoined: (token: string) => void,
): Promise<Joined> {
  const name = await questions.ask({
    flag: 'name',
    prompt: 'Enter a description for the runner:',
    given: defaultName,
  })
  const tags = await questions.ask({
    flag: 'tag-list',
    prompt: 'Enter tags for the runner (comma-separated):',
    given: textOf(given, 'tag-list'),
    mayBeEmpty: true,
  })
  const note = await questions.ask({
    flag: 'maintenance-note',
    prompt: 'Enter optional maintenance note for the runner:',
    given: textOf(given, 'maintenance-note'),
    mayBeEmpty: true,
  })
  stderr.write(
    'Registration tokens are deprecated by GitLab: servers make runners themselves, with glrt- tokens.\n',
  )
  const told = serverOrder(given, { registrationToken, description: name, tags, note })
  const registered = await asked('Registering runner...', () => registration.register(told))
  onJoined(registered.token)
  stderr.write('Registering runner... succeeded\n')
  return { ...registered, name, isNew: true }
}

async function verify(
  registration: Registration,
  token: string,
  stderr: CliContext['stderr'],
): Promise<RegisteredRunner> {
  const registered = await asked('Verifying runner...', () => registration.verify(token))
  stderr.write('Verifying runner... is valid\n')
  return { ...registered, token }
}

async function asked<T>(step: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw error instanceof CoordinatorError ? refusedBy(error, step) : error
  }
}
