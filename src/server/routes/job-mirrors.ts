import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { NetworkSyntaxError } from '../../auth/networks.ts'
import { ControlError } from '../control/errors.ts'
import type { MirrorPlace } from '../open-job-mirror.ts'
import { jobMirrorBody } from '../schemas/job-mirror.ts'
import { read } from '../schemas/read.ts'

export const JOB_MIRRORS_PATH = '/api/v1/job-credentials/:id/mirror'

/** @returns `HOST:PORT`; undefined when the credential is not valid */
export type OpenJobMirror = (credentialId: string, place: MirrorPlace) => Promise<string | undefined>

/** POST /api/v1/job-credentials/ID/mirror: has the server listen for the engine in a container of a job. */
export function jobMirrorsRoute(app: FastifyInstance, open: OpenJobMirror): void {
  app.post<{ Params: { id: string } }>(JOB_MIRRORS_PATH, async ({ params: { id }, body }) => {
    const place = read(jobMirrorBody, body)
    if (isIP(place.host) === 0) throw new ControlError('invalid', `${place.host} is no IP address`)
    const address = await openAt(id, place, open)
    if (address === undefined) throw new ControlError('not-found', `there is no job credential ${id}`)
    return { address }
  })
}

async function openAt(id: string, place: MirrorPlace, open: OpenJobMirror): Promise<string | undefined> {
  try {
    return await open(id, place)
  } catch (error) {
    if (error instanceof NetworkSyntaxError) throw new ControlError('invalid', error.message, error)
    const told = `the server cannot listen on ${place.host}: it is no address of its machine`
    throw new ControlError('invalid', told, error)
  }
}
