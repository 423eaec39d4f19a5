type Headers = Record<string, string>

/** As clients send a secret: the user name says nothing. */
export function basic(password: string, username = 'gitlab-ci-token'): Headers {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

export function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` }
}
