import type { KeyId } from '../../../core/ids.ts'
import type { Db, Trx } from '../../../db/tables.ts'

export interface StoredAnswer {
  route: string
  fingerprint: string
  status: number
  body: unknown
  createdAt: Date
}

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

/** Keeps an answer under its key, in place of an outdated one. */
export async function storeAnswer(trx: Trx, keyId: KeyId, key: string, answer: StoredAnswer): Promise<void> {
  const row = {
    key_id: keyId,
    idempotency_key: key,
    route: answer.route,
    fingerprint: answer.fingerprint,
    status: answer.status,
    // An answer without a body is kept as null.
    body: JSON.stringify(answer.body ?? null),
    created_at: answer.createdAt.getTime(),
  }
  await trx
    .insertInto('idempotency')
    .values(row)
    .onConflict((c) => c.columns(['key_id', 'idempotency_key']).doUpdateSet(row))
    .execute()
}

export async function deleteAnswersBefore(trx: Trx, before: Date): Promise<void> {
  await trx.deleteFrom('idempotency').where('created_at', '<', before.getTime()).execute()
}
