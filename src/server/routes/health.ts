import type { FastifyInstance } from 'fastify'
import { type StorageTrouble, storageTroubleOf } from '../../store/storage-error.ts'
import type { AppContext } from '../context.ts'

/** A result stands this long: asking often must not cost disk writes. */
const READY_REMEMBERED_MS = 1_000

const REASONS: Record<StorageTrouble['kind'], string> = {
  full: 'is full',
  failing: 'reports errors',
  'read-only': 'cannot be written',
}

/** /healthz: the process answers. /readyz: it can do its work, the storage being writable and the catalog open. */
export function healthRoutes(app: FastifyInstance, context: AppContext): void {
  let checked: { readonly at: number; readonly result: Promise<void> } | undefined
  const check = (): Promise<void> => {
    const now = performance.now()
    if (checked === undefined || now - checked.at > READY_REMEMBERED_MS) {
      checked = { at: now, result: context.checkReady() }
    }
    return checked.result
  }

  app.get('/healthz', async () => ({ status: 'ok' }))

  app.get('/readyz', async (_request, reply) => {
    try {
      await check()
      return { status: 'ready' }
    } catch (error) {
      const reason = reasonOf(error)
      context.log.error({ event: 'server.not_ready', err: error }, reason)
      return reply.code(503).send({ status: 'not ready', reason: `${reason}: see the log` })
    }
  })
}

function reasonOf(error: unknown): string {
  const trouble = storageTroubleOf(error)
  if (trouble === undefined) return 'the storage cannot be written'
  return `the ${trouble.part === 'disk' ? 'storage' : 'catalog'} ${REASONS[trouble.kind]}`
}
