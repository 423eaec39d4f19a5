import { expect, test } from 'vitest'
import { secretsOf } from '../../src/config/secrets-of.ts'
import { loadFrom } from './load-from.ts'

const YAML = `upstreams:
  docker.io: { username: us, passwordFile: hub }
  quay.io: {}
groups:
  acme:
    upstreams:
      docker.io: { username: acme, passwordFile: acme-hub }
`

test('every password of the settings is told: those of upstreams, and those of groups', async () => {
  const files = { hub: 'password-of-ours', 'acme-hub': 'password-of-acme' }
  const { settings } = await loadFrom({ yaml: YAML, files })
  expect(secretsOf(settings)).toEqual(['password-of-ours', 'password-of-acme'])
})
