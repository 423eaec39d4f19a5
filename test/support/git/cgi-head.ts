import type { Readable } from 'node:stream'

export interface CgiHead {
  readonly status: number
  readonly headers: Record<string, string>
  /** What came with it of the body. */
  readonly rest: Buffer
}

const END = '\r\n\r\n'

/** Reads what a CGI program writes before its body; the stream then has the rest of the body. */
export async function readCgiHead(stream: Readable): Promise<CgiHead> {
  let bytes = Buffer.alloc(0)
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, chunk as Buffer])
    const end = bytes.indexOf(END)
    if (end !== -1)
      return { ...parse(bytes.subarray(0, end).toString()), rest: bytes.subarray(end + END.length) }
  }
  throw new Error(`the program said nothing that could be an answer: ${bytes.toString()}`)
}

function parse(text: string): Pick<CgiHead, 'status' | 'headers'> {
  const lines = text.split('\r\n').map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  const { status, ...headers } = Object.fromEntries(lines)
  return { status: Number(status?.split(' ')[0] ?? 200), headers }
}
