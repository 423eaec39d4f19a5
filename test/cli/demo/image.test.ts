import { execFileSync } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { AMD64, ARM64, makeDemoImage } from '../../../src/cli/demo/image.ts'
import { packTar } from '../../../src/cli/demo/tar.ts'
import { digestOf, parseDigest } from '../../../src/oci/digest.ts'
import { parseManifest, platformManifest } from '../../../src/oci/manifest.ts'

test('tar reads the archive', () => {
  const archive = packTar([
    { path: 'etc/motd', mode: 0o644, bytes: Buffer.from('hello\n') },
    { path: 'usr/bin/empty', mode: 0o755, bytes: Buffer.alloc(0) },
    { path: 'block', mode: 0o600, bytes: Buffer.alloc(512, 7) },
  ])
  const listed = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--file', '-'], {
    input: archive,
  })
  expect(
    String(listed)
      .trim()
      .split('\n')
      .map((line) => line.split(/ +/)),
  ).toEqual([
    expect.arrayContaining(['-rw-r--r--', '0/0', '6', 'etc/motd']),
    expect.arrayContaining(['-rwxr-xr-x', '0/0', '0', 'usr/bin/empty']),
    expect.arrayContaining(['-rw-------', '0/0', '512', 'block']),
  ])
  const text = execFileSync('tar', ['--extract', '--to-stdout', '--file', '-', 'etc/motd'], {
    input: archive,
  })
  expect(String(text)).toBe('hello\n')
})

test.each([AMD64, ARM64])('the image has what an engine looks at, for $architecture', (platform) => {
  const { index, content } = makeDemoImage()
  const read = (digest: string) => {
    const found = content.get(parseDigest(digest))
    if (found === undefined) throw new Error(`${digest} is not there`)
    expect(digestOf(found.bytes)).toBe(digest)
    return found
  }
  const root = read(index)
  const wanted = platformManifest(parseManifest(root.bytes, root.mediaType), platform)
  const manifest = read(wanted?.digest ?? '')
  const [config, ...layers] = parseManifest(manifest.bytes, manifest.mediaType).references
  const { rootfs, ...about } = JSON.parse(String(read(config?.digest ?? '').bytes))
  expect(about).toMatchObject(platform)
  const unpacked = layers.map(({ digest }) => gunzipSync(read(digest).bytes))
  expect(rootfs.diff_ids).toEqual(unpacked.map((tar) => digestOf(tar)))
  const names = unpacked.map((tar) => String(execFileSync('tar', ['--list', '--file', '-'], { input: tar })))
  expect(names).toEqual(['etc/motd\nusr/share/demo/data\n', 'usr/bin/demo\n'])
})
