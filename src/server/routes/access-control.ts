import type { FastifyInstance } from 'fastify'
import type { AccessControl } from '../control/access-control.ts'
import { credentialBody, groupBody, groupQuery, jobBody, tokenBody } from '../schemas/access.ts'
import { read } from '../schemas/read.ts'

/** Groups, tokens, job credentials and signing keys: one route per operation. */
export function accessControlRoutes(app: FastifyInstance, access: AccessControl): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
  app.post('/api/v1/tokens/create', async ({ body }) => access.createToken(read(tokenBody, body)))
  app.get('/api/v1/tokens/list', async () => access.listTokens())
  app.post('/api/v1/tokens/rotate', async ({ body }) => access.rotateToken(read(credentialBody, body).id))
  app.post('/api/v1/tokens/revoke', async ({ body }) => access.revokeToken(read(credentialBody, body).id))
  app.post('/api/v1/groups/create', async ({ body }) => access.createGroup(read(groupBody, body)))
  app.get('/api/v1/groups/list', async () => access.listGroups())
  app.get('/api/v1/groups/show', async ({ query }) => access.showGroup(read(groupQuery, query).path))
  app.post('/api/v1/groups/remove', async ({ body }) => access.removeGroup(read(groupQuery, body).path))
  app.post('/api/v1/job-credentials/mint', async ({ body }) => access.mintJob(read(jobBody, body)))
  app.get('/api/v1/job-credentials/list', async () => access.listJobs())
  app.post('/api/v1/job-credentials/revoke', async ({ body }) =>
    access.revokeJob(read(credentialBody, body).id),
  )
  app.post('/api/v1/keys/rotate', async () => access.rotateKey())
}
