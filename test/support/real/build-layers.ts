import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockFolder } from './folder-lock.ts'
import { LAYER_RECIPES, type LayerName } from './layer-recipes.ts'
import { type LayerFile, packLayer } from './pack-layer.ts'
import { runCommand } from './run-command.ts'

/** Outside the checkout, so that later runs find it. A change of a recipe needs a new number. */
const CACHE_DIR = join(tmpdir(), 'entrepot-test-images-v1')

/**
 * The layers by name, from the cache or built now. Safe to call from several processes at once: one builds,
 * the others wait for it.
 */
export async function buildLayers(names: readonly LayerName[]): Promise<ReadonlyMap<LayerName, LayerFile>> {
  return (await cachedLayers(names)) ?? (await buildMissing(names))
}

async function buildMissing(names: readonly LayerName[]): Promise<ReadonlyMap<LayerName, LayerFile>> {
  await mkdir(CACHE_DIR, { recursive: true })
  const lock = await lockFolder(join(CACHE_DIR, 'building'))
  const scratchDir = await mkdtemp(join(CACHE_DIR, 'scratch-'))
  try {
    const layers = new Map<LayerName, LayerFile>()
    for (const name of names) layers.set(name, await ensureLayer(name, scratchDir))
    return layers
  } finally {
    await rm(scratchDir, { recursive: true, force: true })
    await lock.release()
  }
}

async function cachedLayers(names: readonly LayerName[]): Promise<Map<LayerName, LayerFile> | undefined> {
  const layers = new Map<LayerName, LayerFile>()
  for (const name of names) {
    const layer = await cachedLayer(name)
    if (layer === undefined) return undefined
    layers.set(name, layer)
  }
  return layers
}

async function ensureLayer(name: LayerName, scratchDir: string): Promise<LayerFile> {
  const cached = await cachedLayer(name)
  if (cached !== undefined) return cached
  const unpacked = async (base: LayerName) => {
    const { path } = await ensureLayer(base, scratchDir)
    const tree = await mkdtemp(join(scratchDir, `${base}-`))
    await runCommand('tar', ['-xzf', path, '--numeric-owner', '-C', tree])
    return tree
  }
  const tree = await mkdtemp(join(scratchDir, `${name}-`))
  await LAYER_RECIPES[name](tree, { scratchDir, unpacked })
  const packed = await packLayer(tree, join(scratchDir, `${name}.tar.gz`))
  return await keepLayer(name, packed, scratchDir)
}

/** What is known of a layer is written last, so a layer that has it is whole. */
async function keepLayer(name: LayerName, packed: LayerFile, scratchDir: string): Promise<LayerFile> {
  const layer = { ...packed, path: join(CACHE_DIR, `${cacheKey(name)}.tar.gz`) }
  await rename(packed.path, layer.path)
  const written = join(scratchDir, `${name}.json`)
  await writeFile(written, JSON.stringify(layer))
  await rename(written, factsPath(name))
  return layer
}

async function cachedLayer(name: LayerName): Promise<LayerFile | undefined> {
  const facts = await readFile(factsPath(name), 'utf8').catch(() => undefined)
  return facts === undefined ? undefined : JSON.parse(facts)
}

function factsPath(name: LayerName): string {
  return join(CACHE_DIR, `${cacheKey(name)}.json`)
}

/** Another Node makes another layer, of the same recipe. */
function cacheKey(name: LayerName): string {
  return name === 'node' ? `node-${process.version}` : name
}
