import { DURATION_BOUNDS_S, RunnerFigures } from './runner-figures.ts'

/** What all runners have done since the program started. Those that are gone stay: their counts must not fall. */
export class FleetFigures {
  readonly #runners = new Map<string, RunnerFigures>()
  readonly durationBoundsS = DURATION_BOUNDS_S
  /** How many jobs of all runners at a time. */
  concurrent = 0

  /** By name; those of one name are counted together. */
  get runners(): ReadonlyMap<string, RunnerFigures> {
    return this.#runners
  }

  of(name: string): RunnerFigures {
    const found = this.#runners.get(name) ?? new RunnerFigures()
    this.#runners.set(name, found)
    return found
  }
}
