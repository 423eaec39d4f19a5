/** Variables of the process, handed down. */
export type Environment = Readonly<Record<string, string | undefined>>

/** `$NAME` and `${NAME}`, in `url` and `token`. What is not set becomes nothing, as GitLab Runner has it. */
export function expandEnvironment(text: string, env: Environment): string {
  return text.replace(
    /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g,
    (_match, braced?: string, bare?: string) => env[braced ?? bare ?? ''] ?? '',
  )
}
