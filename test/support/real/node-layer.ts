import { existsSync } from 'node:fs'
import { copyFile, mkdir, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { runCommand } from './run-command.ts'

/**
 * The Node that runs the tests, where the official images have it: what was compiled for it on this machine then
 * runs in the image too. Libraries that `root` has are left to it.
 */
export async function copyNode(tree: string, root: string): Promise<void> {
  const bin = join(tree, 'usr/local/bin')
  await mkdir(bin, { recursive: true })
  const program = await realpath(process.execPath)
  await copyFile(program, join(bin, 'node'))
  for (const library of await librariesOf(program)) {
    if (existsSync(join(root, library))) continue
    // Where it really lies: a folder /lib here would cover the link /lib of the layer below.
    const folder = join(tree, dirname(await realpath(library)))
    await mkdir(folder, { recursive: true })
    await copyFile(library, join(folder, basename(library)))
  }
}

//	libstdc++.so.6 => /lib/x86_64-linux-gnu/libstdc++.so.6 (0x00007f...)
const LIBRARY = /=> (\/\S+) \(/g

async function librariesOf(program: string): Promise<string[]> {
  const listed = await runCommand('ldd', [program])
  return [...listed.matchAll(LIBRARY)].flatMap(([, path]) => path ?? [])
}
