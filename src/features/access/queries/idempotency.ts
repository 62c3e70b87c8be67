import { sql } from 'kysely'
import type { KeyId } from '../../../core/ids.ts'
import type { ErasedPerson } from '../../../core/person-data.ts'
import { redacted } from '../../../core/redact.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Holds an answer and the request it belongs to. */
export interface StoredAnswer {
  route: string
  fingerprint: string
  status: number
  body: unknown
  createdAt: Date
}

/** Finds the answer stored under a key. */
export async function findAnswer(db: Db, keyId: KeyId, key: string): Promise<StoredAnswer | undefined> {
  const row = await db
    .selectFrom('idempotency')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('idempotency_key', '=', key)
    .executeTakeFirst()
  if (!row) return undefined
  return {
    route: row.route,
    fingerprint: row.fingerprint,
    status: row.status,
    body: JSON.parse(row.body) as unknown,
    createdAt: new Date(row.created_at),
  }
}

/** Stores an answer under its key, replacing an outdated one. */
export async function storeAnswer(trx: Trx, keyId: KeyId, key: string, answer: StoredAnswer): Promise<void> {
  const row = {
    key_id: keyId,
    idempotency_key: key,
    route: answer.route,
    fingerprint: answer.fingerprint,
    status: answer.status,
    // A missing body is stored as null.
    body: JSON.stringify(answer.body ?? null),
    created_at: answer.createdAt.getTime(),
  }
  await trx
    .insertInto('idempotency')
    .values(row)
    .onConflict((c) => c.columns(['key_id', 'idempotency_key']).doUpdateSet(row))
    .execute()
}

/** Deletes answers older than a time. */
export async function deleteAnswersBefore(trx: Trx, before: Date): Promise<void> {
  await trx.deleteFrom('idempotency').where('created_at', '<', before.getTime()).execute()
}

/** Redacts stored answers that contain one of a person's words. */
export async function redactAnswers(trx: Trx, { words }: Pick<ErasedPerson, 'words'>): Promise<void> {
  if (words.length === 0) return
  // As they stand in JSON.
  const needles = JSON.stringify(words.map((text) => JSON.stringify(text).slice(1, -1)))
  const rows = await trx
    .selectFrom('idempotency')
    .select(['key_id', 'idempotency_key', 'body'])
    .where(
      sql<boolean>`exists (select 1 from json_each(${needles}) n where instr(idempotency.body, n.value) > 0)`,
    )
    .execute()
  for (const { key_id, idempotency_key, body } of rows) {
    await trx
      .updateTable('idempotency')
      .set({ body: redacted(body) })
      .where('key_id', '=', key_id)
      .where('idempotency_key', '=', idempotency_key)
      .execute()
  }
}
