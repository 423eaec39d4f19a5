interface InputFunction {
  /** How it is written; its groups are the arguments. */
  readonly form: RegExp
  readonly apply: (text: string, args: readonly string[], expand: (text: string) => string) => string
}

/** What may stand behind the name of an input. */
export const INPUT_FUNCTIONS: readonly InputFunction[] = [
  { form: /^expand_vars$/, apply: (text, _, expand) => expand(text) },
  {
    form: /^truncate\(\s*(\d{1,9})\s*,\s*(\d{1,9})\s*\)$/,
    apply: (text, [offset, length]) =>
      [...text].slice(Number(offset), Number(offset) + Number(length)).join(''),
  },
  // As Shellwords of Ruby has it: for what is no part of another word.
  {
    form: /^posix_(?:escape|quote)$/,
    apply: (text) =>
      text === '' ? "''" : text.replaceAll(/[^A-Za-z0-9_\-.,:+/@\n]/g, '\\$&').replaceAll('\n', "'\n'"),
  },
]
