import { StorageLayout } from '../../src/store/storage-layout.ts'
import { StorageLock } from '../../src/store/storage-lock.ts'

// Run as a process of its own: owns the storage that it is given until it is killed.
const [, , root = '', url = ''] = process.argv
const lock = await StorageLock.acquire(new StorageLayout(root))
await lock.announce(url)
process.stdout.write('held\n')
setInterval(() => {}, 60_000)
