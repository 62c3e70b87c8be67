import type { Selectable } from 'kysely'
import type { Db, Tables } from '../../../src/db/tables.ts'

/** Returns all rows of a table, as stored. */
export async function rowsOf<T extends keyof Tables>(db: Db, table: T): Promise<Selectable<Tables[T]>[]> {
  const rows: unknown[] = await db
    .selectFrom(table as 'messages')
    .selectAll()
    .execute()
  return rows as Selectable<Tables[T]>[]
}

/** Returns how many rows a table has. */
export async function countRows(db: Db, table: keyof Tables): Promise<number> {
  return (await rowsOf(db, table)).length
}
