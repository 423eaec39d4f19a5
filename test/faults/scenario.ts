import type { ComponentName } from '../support/real/component.ts'
import type { ScriptedUpstreamOptions } from '../support/scripted-upstream.ts'
import type { Stage } from './stage.ts'
import type { Target, TargetOptions } from './target.ts'

/** What a target did, in a few words, and whether that is what docs/failures.md asks for. */
export interface Verdict {
  readonly holds: boolean
  readonly did: string
}

/** One row of docs/failures.md, played against a target over HTTP. */
export interface Scenario {
  /** The number of the row: 12 for d12. */
  readonly row: number
  readonly fault: string
  readonly needs?: readonly ComponentName[]
  /** For a target that has nothing to play it with: why. */
  readonly cannot?: Partial<Readonly<Record<Target['name'], string>>>
  readonly upstream?: ScriptedUpstreamOptions
  readonly target?: Omit<TargetOptions, 'storage' | 'env'>
  /** Puts the storage on a file system of this size. */
  readonly diskBytes?: number
  /** Lets the scenario move the target's clock. */
  readonly movesClock?: boolean
  run(stage: Stage): Promise<Verdict>
}

/** The parts of a verdict, each with its words; it holds when all do. */
export function verdict(...parts: readonly { readonly holds: boolean; readonly did: string }[]): Verdict {
  return { holds: parts.every(({ holds }) => holds), did: parts.map(({ did }) => did).join('; ') }
}
