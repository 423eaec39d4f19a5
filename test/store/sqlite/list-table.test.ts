import { join } from 'node:path'
import { ListTable } from '../../../src/store/sqlite/list-table.ts'
import { openDatabase } from '../../../src/store/sqlite/open-database.ts'
import { listsContract } from '../../contract/lists.contract.ts'
import { makeTempDir } from '../../support/temp-dir.ts'

listsContract('SQLite', async (room) => {
  const dir = await makeTempDir()
  const database = openDatabase(join(dir.path, 'catalog.db'))
  return {
    lists: new ListTable(database, room),
    close: async () => {
      database.close()
      await dir[Symbol.asyncDispose]()
    },
  }
})
