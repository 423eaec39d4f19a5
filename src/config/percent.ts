/** `85%` to 0.85, from 1 % to 100 %; undefined for what is no such share. */
export function parsePercent(text: string): number | undefined {
  const match = /^(\d{1,3})%$/.exec(text)
  const percent = Number(match?.[1] ?? 0)
  return percent >= 1 && percent <= 100 ? percent / 100 : undefined
}
