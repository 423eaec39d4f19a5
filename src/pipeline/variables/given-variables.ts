import { type OriginVariable, type VariableOrigin, variable } from './origin-variable.ts'

/** GitLab masks nothing shorter: words of everyday would vanish from logs. */
const MIN_MASKED_LENGTH = 8
const SECRET_NAME = /TOKEN|PASSW|SECRET|CREDENTIAL|AUTH|PRIVATE|API_?KEY|ACCESS_?KEY/i

/** A variable that somebody gives cannot be read. The message never quotes a value: it may be a secret. */
export class VariableInvalid extends Error {
  override readonly name = 'VariableInvalid'
  readonly code = 'VARIABLE_INVALID'
}

/**
 * One of the command line, `NAME=value`.
 * @throws VariableInvalid
 */
export function readGivenVariable(text: string): OriginVariable {
  return read(text, 'command line', 'a variable')
}

/**
 * A file with one `NAME=value` per line, in place of the variables of a project's settings. Lines that are empty or
 * begin with `#` are left out; quotes stay, as in dotenv reports.
 * @param name of the file
 * @throws VariableInvalid
 */
export function readVariablesFile(name: string, text: string): readonly OriginVariable[] {
  return text.split('\n').flatMap((line, index) => {
    const written = line.trim()
    return written === '' || written.startsWith('#') ? [] : [read(written, 'project', `${name}:${index + 1}`)]
  })
}

/**
 * One of the command line whose value is the content of a file, `NAME=path`.
 * @throws VariableInvalid, and what reading throws
 */
export async function readFileVariable(
  text: string,
  readFile: (path: string) => Promise<string>,
): Promise<OriginVariable> {
  const { key, value: path } = split(text, 'a file variable')
  const isPublic = !SECRET_NAME.test(key)
  return variable('command line', key, await readFile(path), { isPublic, isFile: true })
}

/** What its name says is a secret is hidden in logs, and not told to services. */
function read(text: string, origin: VariableOrigin, where: string): OriginVariable {
  const { key, value } = split(text, where)
  const isSecret = SECRET_NAME.test(key)
  const isMasked = isSecret && value.length >= MIN_MASKED_LENGTH
  return variable(origin, key, value, { isMasked, isPublic: !isSecret })
}

function split(text: string, where: string): { readonly key: string; readonly value: string } {
  const [, key, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? []
  if (key !== undefined && value !== undefined) return { key, value }
  throw new VariableInvalid(`${where} is not NAME=value, with a name of letters, digits and _`)
}
