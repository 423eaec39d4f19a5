import type { Output } from './context.ts'

const USUAL = 80

/** How wide a terminal is. One that was never told its size says 0, as in `docker exec -t`. */
export function terminalColumns({ columns }: Output): number {
  return columns === undefined || columns === 0 ? USUAL : columns
}
