import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as z from 'zod'
import { fileErrorCode } from '../../file-error.ts'
import { replaceFile } from '../../replace-file.ts'
import { MAX_PROOFS, type ProofNotes } from './pull-proofs.ts'

/** Another version's is no proof. */
const FORMAT = 1
/** A hash, a time and what is around them take 90 bytes. */
const MAX_FILE_BYTES = 128 * MAX_PROOFS

const contents = z.object({
  format: z.literal(FORMAT),
  key: z.string().regex(/^[0-9a-f]{64}$/),
  proofs: z.record(z.string().regex(/^[0-9a-f]{64}$/), z.number()),
})

/** @returns undefined when there is none that makes sense. @throws the error of the file system */
export async function readProofFile(path: string): Promise<ProofNotes | undefined> {
  const text = await readBounded(path)
  const read = contents.safeParse(parseJson(text ?? ''))
  if (!read.success) return undefined
  const { key, proofs } = read.data
  return { key, recordedAt: new Map(Object.entries(proofs)) }
}

/**
 * In one move: whoever reads it meanwhile has the old one. For its owner's eyes, as Docker's config.json with the
 * logins themselves is: a short password could be guessed from its hash and the key beside it.
 * @throws the error of the file system
 */
export async function writeProofFile(path: string, { key, recordedAt }: ProofNotes): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const text = JSON.stringify({ format: FORMAT, key, proofs: Object.fromEntries(recordedAt) })
  await replaceFile(path, `${text}\n`)
}

async function readBounded(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    return size > MAX_FILE_BYTES ? undefined : await file.readFile('utf8')
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
