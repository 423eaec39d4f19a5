import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { Platform } from '../../oci/descriptor.ts'
import type { RegistryLogin } from '../auth/registry-login.ts'
import { hostOfPath, pathOfImage } from '../auth/registry-path.ts'
import type {
  ImageEngine,
  LayerProgress,
  LocalImage,
  PulledImage,
  PullOrder,
} from '../images/image-engine.ts'
import { ImagePullError } from '../images/pull-error.ts'
import { toPullError } from './pull-failure.ts'

/** For what the engine does by itself. */
const LOCAL_DEADLINE_MS = 60_000
/** A registry asked for one manifest. The engine's own look-up of a name that nobody answers takes 4 s. */
const RESOLVE_DEADLINE_MS = 20_000
/** Downloads and extractions tell of themselves all the time. */
const PULL_SILENCE_MS = 10 * 60_000
const MAX_LINE_LENGTH = 1024 * 1024
/** The address that Docker Hub's logins are for. */
const HUB_LOGIN_ADDRESS = 'https://index.docker.io/v1/'

/** Images of a Docker Engine, or of Podman's Docker API. */
export class DockerImageEngine implements ImageEngine {
  readonly #docker: Docker

  constructor(docker: Docker) {
    this.#docker = docker
  }

  async platform(signal: AbortSignal): Promise<Platform> {
    const { Os, Arch } = await within(LOCAL_DEADLINE_MS, signal, () => this.#docker.version())
    return { os: Os, architecture: Arch }
  }

  async find(reference: string, signal: AbortSignal): Promise<LocalImage | undefined> {
    try {
      const image = await within(LOCAL_DEADLINE_MS, signal, () => this.#docker.getImage(reference).inspect())
      return {
        id: image.Id,
        // Podman and newer engines leave out what is empty.
        tags: image.RepoTags ?? [],
        digests: image.RepoDigests ?? [],
        platform: platformOf(image),
      }
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  }

  async pull(
    { reference, login, platform }: PullOrder,
    onProgress: (layer: LayerProgress) => void,
    signal: AbortSignal,
  ): Promise<PulledImage> {
    signal.throwIfAborted()
    const [fromImage, tag] = splitTag(reference)
    const options = {
      fromImage,
      ...(tag === undefined ? {} : { tag }),
      ...(platform === undefined ? {} : { platform }),
      abortSignal: signal,
    }
    try {
      const stream = await this.#docker.createImage(authConfig(reference, login), options)
      return await follow(stream as Readable, onProgress, signal)
    } catch (error) {
      signal.throwIfAborted()
      throw asPullError(error)
    }
  }

  async resolve(reference: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<string> {
    const authconfig = authConfig(reference, login)
    try {
      const options = authconfig === undefined ? {} : { authconfig }
      const told = await within(RESOLVE_DEADLINE_MS, signal, () =>
        this.#docker.getImage(reference).distribution(options),
      )
      return told.Descriptor.digest
    } catch (error) {
      signal.throwIfAborted()
      throw asPullError(error)
    }
  }

  async tag(imageId: string, reference: string, signal: AbortSignal): Promise<void> {
    const [repo, tag = 'latest'] = splitTag(reference)
    await within(LOCAL_DEADLINE_MS, signal, () => this.#docker.getImage(imageId).tag({ repo, tag }))
  }

  async untag(reference: string, signal: AbortSignal): Promise<void> {
    try {
      await within(LOCAL_DEADLINE_MS, signal, () =>
        this.#docker.getImage(reference).remove({ noprune: true }),
      )
    } catch (error) {
      if (statusOf(error) !== 404) throw error
    }
  }
}

/** Reads the reply of a pull to its end: failures stand inside of it, behind status 200. */
async function follow(
  stream: Readable,
  onProgress: (layer: LayerProgress) => void,
  signal: AbortSignal,
): Promise<PulledImage> {
  const stop = () => stream.destroy()
  signal.addEventListener('abort', stop, { once: true })
  let isSilent = false
  const silence = setTimeout(() => {
    isSilent = true
    stream.destroy()
  }, PULL_SILENCE_MS)
  let digest: string | undefined
  let isDone = false
  try {
    for await (const line of linesOf(stream)) {
      silence.refresh()
      if (line === '') continue
      const event: PullEvent = JSON.parse(line)
      const failure = event.errorDetail?.message ?? event.error
      if (failure !== undefined) throw toPullError(failure, undefined, undefined)
      const progress = progressOf(event)
      if (progress !== undefined) onProgress(progress)
      digest ??= /^Digest: (sha256:[0-9a-f]{64})$/.exec(event.status ?? '')?.[1]
      // Podman ends with the id of the image in place of a status.
      isDone ||= event.id !== undefined && event.status === undefined
      isDone ||= event.status?.startsWith('Status: ') === true
    }
  } catch (error) {
    if (!isSilent) throw error
    const message = `the engine said nothing for ${PULL_SILENCE_MS / 1000} s`
    throw new ImagePullError('TIMEOUT', message, { cause: error })
  } finally {
    clearTimeout(silence)
    signal.removeEventListener('abort', stop)
    stream.destroy()
  }
  if (!isDone) throw new ImagePullError('ENGINE', 'the engine ended its reply in the middle of the pull')
  return { digest }
}

/** @throws whatever ends the stream before its end: readline would wait for ever */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = ''
  stream.setEncoding('utf8')
  for await (const chunk of stream) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_LINE_LENGTH)
      throw new ImagePullError('ENGINE', 'the reply of the engine has no lines')
    yield* lines
  }
  yield rest
}

interface PullEvent {
  readonly id?: string
  readonly status?: string
  readonly progressDetail?: { readonly current?: number; readonly total?: number }
  readonly error?: string
  readonly errorDetail?: { readonly message?: string }
}

function progressOf({ id, status, progressDetail }: PullEvent): LayerProgress | undefined {
  if (status !== 'Downloading' || id === undefined || progressDetail?.current === undefined) return undefined
  const { current, total } = progressDetail
  return { layer: id, bytes: current, totalBytes: total !== undefined && total > 0 ? total : undefined }
}

function platformOf(image: Docker.ImageInspectInfo): Platform {
  const { Os: os, Architecture: architecture } = image
  const variant = 'Variant' in image && typeof image.Variant === 'string' ? image.Variant : ''
  return variant === '' ? { os, architecture } : { os, architecture, variant }
}

/** The engine takes tags apart from names, and digests with them. */
function splitTag(reference: string): [name: string, tag: string | undefined] {
  const colon = reference.lastIndexOf(':')
  if (reference.includes('@') || colon <= reference.lastIndexOf('/')) return [reference, undefined]
  return [reference.slice(0, colon), reference.slice(colon + 1)]
}

function authConfig(reference: string, login: RegistryLogin | undefined): object | undefined {
  if (login === undefined) return undefined
  const host = hostOfPath(pathOfImage(reference))
  const serveraddress = host === 'docker.io' ? HUB_LOGIN_ADDRESS : host
  if (login.kind === 'identity-token') return { identitytoken: login.token, serveraddress }
  if (login.kind === 'registry-token') return { registrytoken: login.token, serveraddress }
  return { username: login.username, password: login.password, serveraddress }
}

async function within<T>(ms: number, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const deadline = AbortSignal.timeout(ms)
  const either = AbortSignal.any([signal, deadline])
  return await new Promise<T>((resolve, reject) => {
    const abort = () => {
      const late = new ImagePullError('TIMEOUT', `the engine did not answer within ${ms / 1000} s`)
      reject(signal.aborted ? signal.reason : late)
    }
    either.addEventListener('abort', abort, { once: true })
    act()
      .then(resolve, reject)
      .finally(() => either.removeEventListener('abort', abort))
  })
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode
}

function asPullError(error: unknown): ImagePullError {
  if (error instanceof ImagePullError) return error
  const status = statusOf(error)
  const message = error instanceof Error ? error.message : String(error)
  if (status === undefined) return new ImagePullError('ENGINE', message, { cause: error })
  return toPullError(message, status, error)
}
