import { describe, expect, test } from 'vitest'
import { findOwner } from '../../../src/executor/docker/file-owner.ts'
import { helperCommand } from '../../../src/executor/docker/helper-command.ts'

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1001::/home/node:/bin/sh\nbroken\n'
const GROUP = 'root:x:0:\nnode:x:1001:\nstaff:x:50:node\n'

describe('the user of an image', () => {
  test.each([
    ['node', { uid: 1000, gid: 1001 }],
    ['1000', { uid: 1000, gid: 1001 }],
    ['node:staff', { uid: 1000, gid: 50 }],
    ['node:7', { uid: 1000, gid: 7 }],
    ['node:', { uid: 1000, gid: 1001 }],
    ['1000:1000', { uid: 1000, gid: 1000 }],
    ['65532', { uid: 65532, gid: 0 }],
    ['root', { uid: 0, gid: 0 }],
    ['nobody', undefined],
    ['node:nobodies', undefined],
    ['-1', undefined],
  ])('%s is %o', (user, owner) => {
    expect(findOwner(user, PASSWD, GROUP)).toEqual(owner)
  })
})

describe('the command of the helper', () => {
  const directories = { project: "/builds/it's/shop", temporary: '/builds/shop.tmp' }
  const owner = { uid: 1000, gid: 50 }

  test('lets everybody write for root, who only needs a repository of its own', () => {
    const [shell, , text] = helperCommand({ owner: undefined, directories, hasUmask: true })
    expect(shell).toBe('sh')
    expect(text).toMatch(/^umask 0000; \(if \[ -x/)
    const repository = "'/builds/it'\\''s/shop/.git'"
    expect(text).toContain(`[ ! -e ${repository} ] || [ -O ${repository} ] || chown -RhP 0:0 '/builds/it`)
  })

  test('gives its files to the user of the build, and ends as its script did', () => {
    const [, , text] = helperCommand({ owner, directories, hasUmask: true })
    expect(text).toMatch(/^umask 0000; \(if .*\); code=\$\?; chown .*; exit \$code$/)
    expect(text).toContain("chown -RhP 1000:50 '/builds/it'\\''s/shop' '/builds/shop.tmp';")
  })

  test('says so instead of letting everybody write, when it is told to', () => {
    const [, , text] = helperCommand({ owner, directories, hasUmask: false })
    expect(text).not.toContain('umask')
    expect(text).toContain('Changing ownership of files at "/builds/it')
  })
})
