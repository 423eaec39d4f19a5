import { describe, expect, test } from 'vitest'
import { looksLikeRegistry, parseRegistryHost } from '../../src/oci/registry-host.ts'
import { ociErrorCode } from './oci-error.ts'

describe('registry host', () => {
  test.each([
    { text: 'docker.io', want: 'docker.io' },
    { text: 'GHCR.io', want: 'ghcr.io' },
    { text: 'localhost', want: 'localhost' },
    { text: 'localhost:5000', want: 'localhost:5000' },
    { text: '127.0.0.1:65535', want: '127.0.0.1:65535' },
    { text: 'a-b.example', want: 'a-b.example' },
    { text: '[::1]', want: '[::1]' },
    { text: '[FD00::1]:5000', want: '[fd00::1]:5000' },
  ])('accepts $text', ({ text, want }) => {
    expect(parseRegistryHost(text)).toBe(want)
  })

  test.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '-a',
    'a-',
    'a_b',
    'a/b',
    'a b',
    'a:',
    ':5000',
    'a:0',
    'a:65536',
    'a:123456',
    'a:5000:5000',
    'a:x',
    '::1',
    '[::1',
    '[::g]',
    '[]',
    '[::1]x',
    'user@a',
    'https://a',
    'ä.example',
    'a\n',
    'a'.repeat(260),
  ])('refuses %j', (text) => {
    expect(ociErrorCode(() => parseRegistryHost(text))).toBe('NAME_INVALID')
  })

  test.each([
    { component: 'ghcr.io', want: true },
    { component: 'localhost', want: true },
    { component: 'library', want: false },
    { component: 'localhosts', want: false },
    { component: '', want: false },
  ])('"$component" looks like a registry: $want', ({ component, want }) => {
    expect(looksLikeRegistry(component)).toBe(want)
  })
})
