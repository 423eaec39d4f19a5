import { describe, expect, test } from 'vitest'
import { pathPart, readRemoteUrl } from '../../../src/pipeline/git/remote-url.ts'

describe('the URL of a remote', () => {
  test.each([
    ['https://git.example.com/acme/shop.git', 'https://git.example.com', 'acme/shop'],
    ['https://ada:s3cret-of-ada@git.example.com:8443/acme/shop', 'https://git.example.com:8443', 'acme/shop'],
    ['git@git.example.com:acme/web/shop.git', 'https://git.example.com', 'acme/web/shop'],
    ['git.example.com:acme/shop', 'https://git.example.com', 'acme/shop'],
    ['ssh://git@git.example.com:2222/acme/shop.git', 'https://git.example.com', 'acme/shop'],
    ['http://localhost:3000/a b/../shop.git/', 'http://localhost:3000', 'shop'],
  ])('%s', (url, serverUrl, path) => {
    expect(readRemoteUrl(url)).toEqual({ serverUrl, path })
  })

  test.each(['/srv/git/shop.git', '../shop', 'file:///srv/git/shop.git', 'http://', ''])(
    '%s is no server',
    (url) => {
      expect(readRemoteUrl(url)).toBe(undefined)
    },
  )

  test.each([
    ['shop', 'shop'],
    ['My Shop!', 'My-Shop-'],
    ['..', 'project'],
    ['-rf', 'rf'],
  ])('a directory %s is called %s', (name, part) => {
    expect(pathPart(name)).toBe(part)
  })
})
