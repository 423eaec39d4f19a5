import { appendFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { redactSecrets } from '../../../src/redact.ts'
import type { LogLine } from '../record-log.ts'
import { findSecrets } from './find-secrets.ts'
import { LEAKS_VARIABLE } from './leaks-variable.ts'

/** Looks for secrets in what a server printed or answered. What is found fails the run at its end. */
export function watchText(where: string, text: string): void {
  const path = process.env[LEAKS_VARIABLE]
  if (path === undefined || path === '') return
  for (const secret of findSecrets(text)) {
    appendFileSync(path, `${secret} in ${where} (${expect.getState().testPath})\n`)
  }
}

/** Looks at lines of a log, as the real one would have written them. */
export function watchLog(lines: readonly LogLine[]): void {
  watchText('the log', redactSecrets(JSON.stringify(lines, (_key, value: unknown) => plain(value))))
}

/** Looks at what a storage holds beside the content of images. */
export async function watchStorage(root: string): Promise<void> {
  for (const folder of [root, join(root, 'v1')]) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (!entry.isFile()) continue
      const path = join(folder, entry.name)
      watchText(`the storage: ${entry.name}`, await readFile(path, 'latin1').catch(() => ''))
    }
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (!(value instanceof Error)) return value
  return { ...value, message: value.message, stack: value.stack, cause: value.cause }
}
