import { EVENT_ID, type Event, SCALAR_STYLE } from 'js-yaml'

/**
 * The offset of a value, behind its anchor and tag; of a block the end of the line that it begins in, which is all that
 * its event tells.
 * @returns undefined for what is empty, or no value
 */
export function startOf(event: Event | undefined): number | undefined {
  if (event?.type === EVENT_ID.MAPPING || event?.type === EVENT_ID.SEQUENCE) return event.start
  if (event?.type === EVENT_ID.ALIAS) return event.anchorStart - 1
  if (event?.type !== EVENT_ID.SCALAR || event.valueStart < 0) return undefined
  return event.style === SCALAR_STYLE.PLAIN ? event.valueStart : event.valueStart - 1
}
