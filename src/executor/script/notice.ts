import { quote } from './quote.ts'

const GREEN = '\x1b[32;1m'
const RED = '\x1b[31;1m'
const YELLOW = '\x1b[0;33m'
const RESET = '\x1b[0;m'

/** A line of ours in what a script writes. With printf, for `echo` of many shells changes what it is given. */
export function notice(text: string): string {
  return print(`${GREEN}${text}${RESET}`)
}

/** As the trace writes warnings. */
export function warning(text: string): string {
  return print(`${YELLOW}WARNING: ${text}${RESET}`)
}

/** As the trace writes errors. Does not end the script. */
export function trouble(text: string): string {
  return print(`${RED}ERROR: ${text}${RESET}`)
}

function print(text: string): string {
  return `printf '%s\\n' ${quote(text)}`
}
