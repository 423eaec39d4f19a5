/** Strangers choose parts of many lines: what would move the cursor or begin a line is shown, not obeyed. */
export function printable(text: unknown): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out
  return String(text ?? '').replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
