/** Many times what a round takes; with the number of rounds it bounds the whole. */
const ROUND_TIMEOUT_MS = 10 * 60_000

export async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `a round took more than ${ROUND_TIMEOUT_MS / 60_000} minutes`
    timer = setTimeout(() => reject(new Error(message)), ROUND_TIMEOUT_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
