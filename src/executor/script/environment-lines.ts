import { type JobVariables, TEMPORARY_DIRECTORY } from '../job/job-variables.ts'
import { quote } from './quote.ts'

/** What a shell takes as a name; others are in the environment of the container only. */
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Lines that give a shell the job's variables, the files of file variables, and what earlier stages wrote to the file
 * that GITLAB_ENV names.
 */
export function environmentLines(variables: JobVariables): readonly string[] {
  const lines: string[] = []
  const temporary = variables.get(TEMPORARY_DIRECTORY)
  if (temporary !== undefined) lines.push(makeDirectory(temporary))
  for (const { key, isFile } of variables.all) {
    if (!SHELL_NAME.test(key)) continue
    const value = quote(variables.get(key) ?? '')
    if (isFile) lines.push(`printf '%s' ${quote(variables.getContent(key) ?? '')} > ${value}`)
    lines.push(`export ${key}=${value}`)
  }
  if (temporary !== undefined) lines.push(...handedOn(`${temporary}/gitlab_runner_env`))
  return lines
}

/** Images may lack mkdir: it is asked for only when there is something to do. */
export function makeDirectory(path: string): string {
  return `[ -d ${quote(path)} ] || mkdir -p ${quote(path)}`
}

/** Only lines that begin with a name: over any other `export` ends the shell. */
function handedOn(file: string): readonly string[] {
  return [
    `export GITLAB_ENV=${quote(file)}`,
    'if [ -f "$GITLAB_ENV" ]; then',
    'while IFS= read -r line || [ -n "$line" ]; do',
    'case "${line%%=*}" in ""|[0-9]*|*[!A-Za-z0-9_]*) ;; *) export "$line" ;; esac',
    'done < "$GITLAB_ENV"',
    'unset line',
    'fi',
  ]
}
