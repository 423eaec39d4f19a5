import type { EventEmitter } from 'node:events'

/** What shells give to a process that wrote where nobody reads: 128 and the number of SIGPIPE. */
export const EXIT_UNREAD = 141

/**
 * Ends the program without a word when nobody reads what it writes any more, as in `| head`. Elsewhere SIGPIPE does
 * that; Node takes no notice of it, and tells the stream. A command that listens to SIGTERM has something to put away,
 * or serves others than its reader: it goes on.
 */
export function exitWhenUnread(
  outputs: readonly EventEmitter[],
  signals: Pick<EventEmitter, 'listenerCount'>,
  exit: (code: number) => void,
): void {
  for (const output of outputs) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      if (signals.listenerCount('SIGTERM') === 0) exit(EXIT_UNREAD)
    })
  }
}
