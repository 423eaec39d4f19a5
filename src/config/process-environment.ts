/** The one place that touches the process's environment; everything else is handed what it needs. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return process.env
}
