import { sql } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Describes a document without its text. */
export interface KnowledgeDocument {
  id: number
  title: string
  /** In characters. */
  length: number
  /** It comes from the folder, and is changed there. */
  fromFolder: boolean
  updatedAt: Date
}

/** Holds a passage of a document. */
export interface Passage {
  title: string
  text: string
}

/** Stores a document under its title, replacing an earlier one, with its searchable passages. */
export async function putDocument(
  trx: Trx,
  accountId: AccountId,
  document: { title: string; body: string; passages: readonly string[]; fingerprint?: string },
  at: Date,
): Promise<number> {
  const { title, body, passages, fingerprint = null } = document
  const now = at.getTime()
  const { id } = await trx
    .insertInto('knowledge')
    .values({ account_id: accountId, title, body, fingerprint, created_at: now, updated_at: now })
    .onConflict((c) => c.columns(['account_id', 'title']).doUpdateSet({ body, fingerprint, updated_at: now }))
    .returning('id')
    .executeTakeFirstOrThrow()
  await unindex(trx, id)
  for (const passage of passages) {
    await sql`insert into knowledge_search(title, passage, account_id, knowledge_id)
      values (${title}, ${passage}, ${accountId}, ${id})`.execute(trx)
  }
  return id
}

/** Deletes a document; false if the account has no such document. */
export async function deleteDocument(trx: Trx, accountId: AccountId, id: number): Promise<boolean> {
  const gone = await trx
    .deleteFrom('knowledge')
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (gone.numDeletedRows === 0n) return false
  await unindex(trx, id)
  return true
}

async function unindex(trx: Trx, id: number): Promise<void> {
  await sql`delete from knowledge_search where knowledge_id = ${id}`.execute(trx)
}

/** Lists an account's documents by title. */
export async function listDocuments(db: Db, accountId: AccountId): Promise<KnowledgeDocument[]> {
  const rows = await db
    .selectFrom('knowledge')
    .select((eb) => [
      'id',
      'title',
      'updated_at',
      'fingerprint',
      eb.fn<number>('length', ['body']).as('length'),
    ])
    .where('account_id', '=', accountId)
    .orderBy('title')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    length: row.length,
    fromFolder: row.fingerprint !== null,
    updatedAt: new Date(row.updated_at),
  }))
}

/** Finds a document by its id or title. */
export async function findDocument(
  db: Db,
  accountId: AccountId,
  by: { id: number } | { title: string },
): Promise<{ id: number; fingerprint: string | null } | undefined> {
  const own = db.selectFrom('knowledge').select(['id', 'fingerprint']).where('account_id', '=', accountId)
  return ('id' in by ? own.where('id', '=', by.id) : own.where('title', '=', by.title)).executeTakeFirst()
}

/** Returns the folder's documents by title, with their files' fingerprints. */
export async function folderDocuments(db: Db, accountId: AccountId): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('knowledge')
    .select(['title', 'fingerprint'])
    .where('account_id', '=', accountId)
    .where('fingerprint', 'is not', null)
    .execute()
  return new Map(rows.map(({ title, fingerprint }) => [title, fingerprint ?? '']))
}

/** Finds the passages that fit the words best. The words are outside text: each is quoted, none is an operator. */
export async function searchPassages(
  db: Db,
  accountId: AccountId,
  words: readonly string[],
  limit: number,
): Promise<Passage[]> {
  if (words.length === 0) return []
  const query = words.map((word) => `"${word.replaceAll('"', '""')}"*`).join(' OR ')
  const { rows } = await sql<Passage>`select title, passage as text from knowledge_search
    where knowledge_search match ${query} and account_id = ${accountId}
    order by bm25(knowledge_search) limit ${limit}`.execute(db)
  return rows
}
