import type { AccountId, KeyId } from '../../../core/ids.ts'
import type { Selectable } from 'kysely'
import type { Actor, AuditAction, AuditDraft, AuditEntry } from '../../../core/audit.ts'
import type { AuditTable } from '../../../db/tables/audit.ts'
import type { Db, Trx } from '../../../db/tables.ts'

function fromRow(row: Selectable<AuditTable>): AuditEntry {
  return {
    id: row.id,
    at: new Date(row.at),
    accountId: row.account_id,
    actor: row.actor,
    keyId: row.key_id,
    keyPrefix: row.key_prefix,
    address: row.address,
    action: row.action,
    subject: row.subject,
    detail: row.detail === null ? {} : (JSON.parse(row.detail) as Record<string, unknown>),
  }
}

/** Inserts an entry. */
export async function insertAudit(trx: Trx, draft: AuditDraft, actor: Actor, at: Date): Promise<void> {
  const isKey = actor.kind === 'key'
  await trx
    .insertInto('audit')
    .values({
      at: at.getTime(),
      account_id: draft.accountId,
      actor: actor.kind,
      key_id: isKey ? actor.keyId : null,
      key_prefix: isKey ? actor.keyPrefix : null,
      address: isKey ? actor.address : null,
      action: draft.action,
      subject: draft.subject,
      detail: draft.detail === undefined ? null : JSON.stringify(draft.detail),
    })
    .execute()
}

/** Selects a page of the audit log. */
export interface AuditPage {
  /** Only entries older than this one. */
  before?: number | undefined
  limit: number
  /** Null: of all accounts. */
  accountId: AccountId | null
  action?: AuditAction | undefined
  keyId?: KeyId | undefined
  from?: Date | undefined
  to?: Date | undefined
}

/** Lists entries, newest first. */
export async function listAudit(db: Db, page: AuditPage): Promise<AuditEntry[]> {
  let query = db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(page.limit)
  if (page.before !== undefined) query = query.where('id', '<', page.before)
  if (page.accountId !== null) query = query.where('account_id', '=', page.accountId)
  if (page.action !== undefined) query = query.where('action', '=', page.action)
  if (page.keyId !== undefined) query = query.where('key_id', '=', page.keyId)
  if (page.from !== undefined) query = query.where('at', '>=', page.from.getTime())
  if (page.to !== undefined) query = query.where('at', '<', page.to.getTime())
  return (await query.execute()).map(fromRow)
}

/** Deletes at most `limit` entries older than a time. @returns how many */
export async function pruneAudit(trx: Trx, before: Date, limit: number): Promise<number> {
  const oldest = trx
    .selectFrom('audit')
    .select('id')
    .where('at', '<', before.getTime())
    .orderBy('at')
    .limit(limit)
  const { numDeletedRows } = await trx.deleteFrom('audit').where('id', 'in', oldest).executeTakeFirst()
  return Number(numDeletedRows)
}
