import { describe, expect, test } from 'vitest'
import { decideRealm } from '../../src/upstream/realm-policy.ts'

const hub = { name: 'docker.io', url: new URL('https://registry-1.docker.io'), tokenHosts: [] }
const gitlab = { name: 'registry.gitlab.com', url: new URL('https://registry.gitlab.com'), tokenHosts: [] }
const ghcr = { name: 'ghcr.io', url: new URL('https://ghcr.io'), tokenHosts: [] }
const named = { ...ghcr, tokenHosts: ['Auth.acme.example', 'login.acme.example:8443'] }
const plain = { name: 'local', url: new URL('http://127.0.0.1:5000'), tokenHosts: ['auth.acme.example'] }

describe('(d20) decideRealm', () => {
  test.each([
    { owner: hub, realm: 'https://auth.docker.io/token' },
    { owner: hub, realm: 'https://registry-1.docker.io/token' },
    { owner: gitlab, realm: 'https://gitlab.com/jwt/auth' },
    { owner: ghcr, realm: 'https://ghcr.io/token' },
    { owner: ghcr, realm: 'https://GHCR.IO/token?a=b' },
    { owner: ghcr, realm: 'https://ghcr.io:8443/token' },
    { owner: named, realm: 'https://auth.acme.example/token' },
    { owner: named, realm: 'https://auth.acme.example:9000/token' },
    { owner: named, realm: 'https://login.acme.example:8443/token' },
    { owner: plain, realm: 'http://127.0.0.1:5001/token' },
    { owner: plain, realm: 'https://127.0.0.1:5001/token' },
    { owner: plain, realm: 'http://auth.acme.example/token' },
  ])('$owner.name may ask $realm', ({ owner, realm }) => {
    expect(decideRealm(owner, realm)).toEqual({ allowed: true, realm: new URL(realm) })
  })

  test.each([
    { owner: ghcr, realm: 'https://auth.docker.io/token', why: /token hosts/ },
    { owner: ghcr, realm: 'https://evil.example/token', why: /token hosts/ },
    { owner: ghcr, realm: 'https://ghcr.io.evil.example/token', why: /token hosts/ },
    { owner: ghcr, realm: 'https://sub.ghcr.io/token', why: /token hosts/ },
    { owner: ghcr, realm: 'https://ghcr.io@evil.example/token', why: /user name/ },
    { owner: ghcr, realm: 'https://user:pw@ghcr.io/token', why: /user name/ },
    { owner: ghcr, realm: 'http://ghcr.io/token', why: /plain http/ },
    { owner: ghcr, realm: 'https://ghcr.io/token#x', why: /fragment/ },
    { owner: ghcr, realm: 'https://ghcr.io/token#', why: /fragment/ },
    { owner: ghcr, realm: '/token', why: /absolute/ },
    { owner: ghcr, realm: '', why: /absolute/ },
    { owner: ghcr, realm: 'file:///etc/passwd', why: /neither/ },
    { owner: ghcr, realm: 'javascript:alert(1)', why: /neither/ },
    { owner: hub, realm: 'https://auth.docker.io:8443/token', why: /token hosts/ },
    { owner: hub, realm: 'https://gitlab.com/jwt/auth', why: /token hosts/ },
    { owner: hub, realm: 'http://auth.docker.io/token', why: /plain http/ },
    { owner: named, realm: 'https://login.acme.example/token', why: /token hosts/ },
    { owner: plain, realm: 'http://169.254.169.254/token', why: /token hosts/ },
    { owner: { ...ghcr, name: 'constructor' }, realm: 'https://evil.example/', why: /token hosts/ },
  ])('$owner.name may not ask $realm', ({ owner, realm, why }) => {
    const decision = decideRealm(owner, realm)
    expect(decision).toMatchObject({ allowed: false, reason: expect.stringMatching(why) })
  })
})
