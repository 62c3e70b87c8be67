import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { Store } from '../../src/db/store.ts'

/** Opens the database of a data folder; where the folder has none, a copy of the empty one that is made once a run. */
export function openStore(dataDir: string): Promise<Store> {
  const file = join(dataDir, 'zaguan.db')
  if (!existsSync(file)) copyFileSync(join(inject('emptyData'), 'zaguan.db'), file)
  return Store.open(dataDir)
}
