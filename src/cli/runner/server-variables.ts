import { known } from '../../executor/job/compose-variables.ts'
import type { JobVariable } from '../../executor/job/job.ts'
import type { ServerCertificates } from './server-certificates.ts'

/**
 * What jobs are told of the way to their server: git, and whoever else asks it, has to trust it too. The path of the
 * file is no secret, and neither is what is in it.
 */
export function serverVariables({ ca }: Pick<ServerCertificates, 'ca'>): readonly JobVariable[] {
  return ca ? [{ ...known('CI_SERVER_TLS_CA_FILE', ca), isFile: true }] : []
}
