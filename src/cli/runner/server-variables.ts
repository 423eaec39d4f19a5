import { known } from '../../executor/job/compose-variables.ts'
import type { JobVariable } from '../../executor/job/job.ts'
import type { ServerCertificates } from './server-certificates.ts'

/**
 * What jobs are told of the way to their server: git, and whoever else asks it, has to trust it too, and to be known to
 * it where it asks for a certificate. The paths of the files are no secrets; of what is in them the key is one, which
 * services are not told either.
 */
export function serverVariables({ ca, clientCertificate }: ServerCertificates): readonly JobVariable[] {
  const file = (key: string, value: string): JobVariable => ({ ...known(key, value), isFile: true })
  return [
    ...(ca ? [file('CI_SERVER_TLS_CA_FILE', ca)] : []),
    ...(clientCertificate === undefined
      ? []
      : [
          file('CI_SERVER_TLS_CERT_FILE', clientCertificate.cert),
          { ...file('CI_SERVER_TLS_KEY_FILE', clientCertificate.key), isPublic: false, isMasked: true },
        ]),
  ]
}
