import type { Containers } from './containers.ts'

/**
 * Tells every process but the first to end, again and again for some seconds: the first is the shell that waits for
 * them, and a container whose first process ends loses the others without a word.
 */
const END_OTHERS = `
round=0
while [ $round -lt 6 ]; do
  left=
  for pid in $(ls /proc | sort -rn); do
    case $pid in *[!0-9]* | 1 | $$) continue ;; esac
    kill -TERM "$pid" 2>/dev/null && left=yes
  done
  [ -z "$left" ] && exit 0
  sleep 1
  round=$((round + 1))
done`

const END_OTHERS_TIMEOUT_MS = 10_000
const STOP_SECONDS = 10
const STOP_TIMEOUT_MS = 20_000

/**
 * Ends a container gently, then by force, and removes it. Never throws: what is left is found again by its labels.
 * @param hurry cuts the gentle part short
 */
export async function stopContainer(containers: Containers, id: string, hurry: AbortSignal): Promise<void> {
  const steps = [
    () => containers.run(id, ['sh', '-c', END_OTHERS], { signal: hurry, timeoutMs: END_OTHERS_TIMEOUT_MS }),
    () => containers.stop(id, STOP_SECONDS, { signal: hurry, timeoutMs: STOP_TIMEOUT_MS }),
    () => containers.remove(id),
  ]
  for (const step of steps) await step().catch(() => undefined)
}
