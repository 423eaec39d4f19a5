import { posix } from 'node:path'
import type { Header } from 'tar-stream'
import type { JobEnvironment } from '../../executor.ts'
import { tarEntries } from '../../tar/tar-entries.ts'
import type { FileSelection } from './file-selection.ts'
import type { SelectionCount } from './selection-count.ts'

export interface SelectedFile {
  /** Relative to the project. */
  readonly path: string
  readonly type: 'file' | 'directory' | 'symlink'
  /** Permissions only. */
  readonly mode: number
  readonly mtime: Date
  readonly sizeBytes: number
  /** Of a symlink: where it leads, as it says itself. */
  readonly target: string
  /** To be read before the next file; what is left of it is skipped. */
  readonly body: AsyncIterable<Buffer>
}

export interface ProjectFiles {
  readonly environment: JobEnvironment
  readonly projectDirectory: string
}

export interface FilesOrder {
  readonly selection: FileSelection
  readonly count: SelectionCount
  /** Whether the folders of what is meant come too, before it, though they are not meant themselves. */
  readonly withFolders?: boolean
}

/** Of links to the same file, and of all that is remembered while reading. */
const MAX_LINKS = 100_000

/**
 * The files that are meant, each once, as they are read. Only the roots of the selection are read, one after the
 * other, since an engine locks a container while it sends its files.
 * @throws the signal's reason
 */
export async function* selectedFiles(
  { environment, projectDirectory }: ProjectFiles,
  { selection, count, withFolders = false }: FilesOrder,
  signal: AbortSignal,
): AsyncGenerator<SelectedFile, void, undefined> {
  for (const root of selection.roots) {
    const tar = await environment.readArchive(posix.join(projectDirectory, root), signal)
    if (tar === undefined) continue
    const linked: string[] = []
    let folders: SelectedFile[] = []
    for await (const { header, body } of tarEntries(tar)) {
      const path = pathOf(header.name, root)
      const type = typeOf(header)
      if (path === '' || type === undefined) continue
      folders = folders.filter((folder) => path.startsWith(`${folder.path}/`))
      if (!count.add(selection.choose(path))) {
        if (withFolders && type === 'directory') folders.push(toFile(path, type, header, body))
        continue
      }
      yield* folders
      folders = []
      if (type !== 'link') yield toFile(path, type, header, body)
      else if (linked.push(path) > MAX_LINKS)
        throw new Error(`more than ${MAX_LINKS} hard links below "${root}"`)
    }
    for (const path of linked) yield* oneFile({ environment, projectDirectory }, path, signal)
  }
}

/** In an archive of its own a hard link is a file. */
async function* oneFile(
  { environment, projectDirectory }: ProjectFiles,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<SelectedFile, void, undefined> {
  const tar = await environment.readArchive(posix.join(projectDirectory, path), signal)
  if (tar === undefined) return
  for await (const { header, body } of tarEntries(tar)) {
    if (header.type === 'file') yield toFile(path, 'file', header, body)
  }
}

/** Names begin with the last part of what was read. */
function pathOf(name: string, root: string): string {
  const within = name.split('/').slice(1).join('/').replace(/\/$/, '')
  return [root, within].filter((part) => part !== '').join('/')
}

/** Sockets, pipes and devices are nobody's result. */
function typeOf({ type }: Header): SelectedFile['type'] | 'link' | undefined {
  if (type === 'file' || type === 'directory' || type === 'symlink' || type === 'link') return type
  return type === 'contiguous-file' ? 'file' : undefined
}

function toFile(
  path: string,
  type: SelectedFile['type'],
  header: Header,
  body: AsyncIterable<Buffer>,
): SelectedFile {
  const { mode, mtime, size, linkname } = header
  return {
    path,
    type,
    mode: mode & 0o7777,
    mtime,
    sizeBytes: type === 'file' ? size : 0,
    target: linkname ?? '',
    body,
  }
}
