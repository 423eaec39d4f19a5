import { join } from 'node:path'
import type { RunnerIdentity } from '../../runner/protocol/runner-identity.ts'
import { loadSystemId } from '../../runner/system-id.ts'
import { version } from '../../version.ts'

const SYSTEM_ID_FILE = '.runner_system_id'

/** As Go names them: servers show these. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' }

/** @param directory of config.toml */
export async function runnerIdentity(directory: string): Promise<RunnerIdentity> {
  return {
    version,
    systemId: await loadSystemId(join(directory, SYSTEM_ID_FILE)),
    platform: process.platform,
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
  }
}
