import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile } from 'esbuild'

export interface BundleOrder {
  /** What is asked for by a path of its own: names in the folder, without extension, and their sources. */
  readonly entryPoints: Readonly<Record<string, string>>
  /** Below it everything is written. */
  readonly folder: string
}

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LEFT_OUT = fileURLToPath(new URL('left-out.cjs', import.meta.url))

/** What the entry points share, and what is loaded later. In one folder, so that a path from one to another holds. */
export const CHUNKS = 'chunks'

/** dockerode loads them for engines over SSH and for builds with BuildKit: we have neither. */
const UNUSED = ['ssh2', '@grpc/grpc-js', '@grpc/proto-loader']

/** Loads a native addon from where it is installed. */
const INSTALLED = ['better-sqlite3']

/** Packages that are CommonJS ask for what Node brings with `require`, which modules do not have. */
const REQUIRE = `import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);`

/**
 * Puts a program and its packages into few files: Node looks for a thousand of them longer than it takes to read these.
 * Types are not looked at.
 * @returns which files it was made of, and which came out
 */
export async function bundle({ entryPoints, folder }: BundleOrder): Promise<Metafile> {
  const { metafile } = await build({ ...OPTIONS, entryPoints, outdir: folder })
  return metafile
}

const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  chunkNames: `${CHUNKS}/[name]-[hash]`,
  alias: Object.fromEntries(UNUSED.map((name) => [name, LEFT_OUT])),
  external: INSTALLED,
  banner: { js: REQUIRE },
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
} as const satisfies BuildOptions
