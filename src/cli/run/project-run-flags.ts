import type { JobChoice } from './choose-jobs.ts'
import type { ProxyFlags } from './open-proxy.ts'
import type { ProjectFlags } from './plan-project.ts'
import type { RunnerFlags } from './read-order.ts'
import type { ViewFlags } from './view/open-view.ts'

/** All that `entrepot run` takes for a project. */
export interface ProjectRunFlags extends ProjectFlags, ProxyFlags, RunnerFlags, ViewFlags, JobChoice {
  readonly concurrency?: number
  readonly skipDelays?: boolean
}
