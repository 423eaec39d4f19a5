import type { Engine } from '../real/engine.ts'

/** The ids of what jobs have on an engine, one a line: containers, networks, and volumes that no later job uses. */
export async function leftOnEngine(engine: Engine): Promise<string> {
  const ours = ['--filter', 'label=entrepot.executor.managed=true', '--quiet']
  const found = [
    await engine.docker('ps', '--all', ...ours),
    await engine.docker('network', 'ls', ...ours),
    await engine.docker('volume', 'ls', '--filter', 'label=entrepot.executor.reusable=false', '--quiet'),
  ]
  return found.join('').trim()
}
