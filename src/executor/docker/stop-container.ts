import type { Containers } from './containers.ts'

/**
 * Tells every process but the first to end, the youngest first, each given some seconds before the next is told: a
 * shell that ends before what it waits for takes its last words away, and so does the first process of a container.
 */
const END_OTHERS = `
has_ended() {
  { read -r stat < "/proc/$1/stat"; } 2>/dev/null || return 0
  case $stat in *") Z "*) return 0 ;; esac
  return 1
}
for pid in $(ls /proc | sort -rn); do
  case $pid in *[!0-9]* | 1 | $$) continue ;; esac
  kill -TERM "$pid" 2>/dev/null || continue
  looks=0
  while [ $looks -lt 30 ] && ! has_ended "$pid"; do
    sleep 0.2 2>/dev/null || sleep 1
    looks=$((looks + 1))
  done
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
