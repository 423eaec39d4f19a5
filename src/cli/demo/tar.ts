const BLOCK_BYTES = 512

export interface TarFile {
  /** At most 99 characters. */
  readonly path: string
  readonly mode: number
  readonly bytes: Uint8Array
}

/** A tar archive (POSIX.1-1988, ustar) of regular files that belong to root, the same for the same files. */
export function packTar(files: readonly TarFile[]): Buffer {
  const blocks = files.flatMap(({ path, mode, bytes }) => {
    const padding = Buffer.alloc((BLOCK_BYTES - (bytes.byteLength % BLOCK_BYTES)) % BLOCK_BYTES)
    return [header(path, mode, bytes.byteLength), bytes, padding]
  })
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)])
}

function header(path: string, mode: number, sizeBytes: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  block.write(path, 0, 99, 'utf8')
  block.write(octal(mode, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(sizeBytes, 11), 124)
  block.write(octal(0, 11), 136)
  // The sum is taken with spaces in its place.
  block.write(' '.repeat(8), 148)
  block.write('0', 156)
  block.write('ustar\0' + '00', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\0 `, 148)
  return block
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}
