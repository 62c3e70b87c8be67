import type { Account, AccountId, AccountStatus, Network } from '../domain/account.ts'
import { compiled } from './compiled.ts'
import type { AccountsTable, Db, Trx } from './tables.ts'
import type { Selectable } from 'kysely'

function fromRow(row: Selectable<AccountsTable>): Account {
  return {
    id: row.id,
    network: row.network,
    name: row.name,
    status: row.status,
    phone: row.phone,
    lid: row.lid,
    createdAt: new Date(row.created_at),
    linkedAt: row.linked_at === null ? null : new Date(row.linked_at),
  }
}

const byId = compiled((db: Db, p: { id: AccountId }) =>
  db.selectFrom('accounts').selectAll().where('id', '=', p.id),
)

export async function findAccount(db: Db, id: AccountId): Promise<Account | undefined> {
  const [row] = (await byId(db, { id })).rows
  return row && fromRow(row)
}

/** Oldest first; there are as many as the operator made. */
export async function listAccounts(db: Db): Promise<Account[]> {
  return (await db.selectFrom('accounts').selectAll().orderBy('id').execute()).map(fromRow)
}

export async function insertAccount(
  trx: Trx,
  account: { network: Network; name: string; at: Date },
): Promise<Account> {
  const row = await trx
    .insertInto('accounts')
    .values({
      network: account.network,
      name: account.name,
      status: 'pending',
      created_at: account.at.getTime(),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

export async function setAccountStatus(trx: Trx, id: AccountId, status: AccountStatus): Promise<void> {
  await trx.updateTable('accounts').set({ status }).where('id', '=', id).execute()
}

export async function setAccountIdentity(
  trx: Trx,
  id: AccountId,
  identity: { phone: string; lid: string | null; at: Date },
): Promise<void> {
  await trx
    .updateTable('accounts')
    .set({ phone: identity.phone, lid: identity.lid, linked_at: identity.at.getTime() })
    .where('id', '=', id)
    .execute()
}

/** How many chats an account has, from the counter kept with it. */
export async function chatCount(db: Db, id: AccountId): Promise<number> {
  return (await byId(db, { id })).rows[0]?.chat_count ?? 0
}
