import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { ControlError } from '../control/errors.ts'
import type { JobListeners } from '../job-listeners.ts'
import { jobListenerBody } from '../schemas/job-listener.ts'
import { read } from '../schemas/read.ts'

export const JOB_LISTENERS_PATH = '/api/v1/job-listeners'

/** POST /api/v1/job-listeners: has the server listen for the containers of an engine. */
export function jobListenersRoute(app: FastifyInstance, listeners: JobListeners): void {
  app.post(JOB_LISTENERS_PATH, async (request) => {
    const { host } = read(jobListenerBody, request.body)
    if (isIP(host) === 0) throw new ControlError('invalid', `${host} is no IP address`)
    try {
      return { address: await listeners.open(host) }
    } catch (error) {
      throw new ControlError(
        'invalid',
        `the server cannot listen on ${host}: it is no address of its machine`,
        error,
      )
    }
  })
}
