/** Where a job's sources are, apart from who may read them: what git is told, keeps and prints names no secret. */
export interface SourceRepository {
  /** Without a login: `https://gitlab.example.com/acme/shop.git`. */
  readonly url: string
  /** `https://gitlab.example.com`, to which the login belongs. Absent: it is not reached by HTTP. */
  readonly origin: string | undefined
  readonly login: GitLogin | undefined
}

export interface GitLogin {
  readonly username: string
  /** Secret. */
  readonly password: string
}

/** @param repoUrl as the server sends it, with the login in it */
export function readRepository(repoUrl: string): SourceRepository {
  const isHttp = /^https?:\/\//i.test(repoUrl) && URL.canParse(repoUrl)
  if (!isHttp) return { url: repoUrl, origin: undefined, login: undefined }
  const url = new URL(repoUrl)
  const [username, password] = [decode(url.username), decode(url.password)]
  url.username = ''
  url.password = ''
  return {
    url: url.href,
    origin: url.origin,
    login: username === '' && password === '' ? undefined : { username, password },
  }
}

/** A token with a lone per cent sign in it stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
