import type { Account, AccountStatus, Network } from '../../../core/account.ts'
import type { AccountId } from '../../../core/ids.ts'
import { phoneSpellings } from '../../../core/phone/phone-spellings.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { AccountsTable, Db, Trx } from '../../../db/tables.ts'
import type { Selectable } from 'kysely'

function fromRow(row: Selectable<AccountsTable>): Account {
  return {
    id: row.id,
    network: row.network,
    name: row.name,
    status: row.status,
    phone: row.phone,
    lid: row.lid,
    expectedPhone: row.expected_phone,
    refusedPhone: row.refused_phone,
    acceptsOtherNumber: row.accepts_other_number === 1,
    test: row.test === 1,
    testOf: row.test_of,
    createdAt: new Date(row.created_at),
    linkedAt: row.linked_at === null ? null : new Date(row.linked_at),
  }
}

const byId = compiled((db: Db, p: { id: AccountId }) =>
  db.selectFrom('accounts').selectAll().where('id', '=', p.id),
)

/** Finds an account that was not removed. */
export async function findAccount(db: Db, id: AccountId): Promise<Account | undefined> {
  const [row] = (await byId(db, { id })).rows
  return row?.removed_at === null ? fromRow(row) : undefined
}

/** Returns an account that was removed; undefined for one that is there. */
export async function findRemovedAccount(db: Db, id: AccountId): Promise<Account | undefined> {
  const [row] = (await byId(db, { id })).rows
  return row && row.removed_at !== null ? fromRow(row) : undefined
}

const present = compiled((db: Db) =>
  db
    .selectFrom('accounts')
    .selectAll()
    .where('removed_at', 'is', null)
    .where((eb) => eb('test', '=', eb.lit(0)))
    .orderBy('id'),
)

/** Lists existing accounts, oldest first, without test accounts. */
export async function listAccounts(db: Db): Promise<Account[]> {
  return (await present(db, {})).rows.map(fromRow)
}

/** Lists existing accounts including test accounts, for work on each of them. */
export async function listAllAccounts(db: Db): Promise<Account[]> {
  const rows = await db
    .selectFrom('accounts')
    .selectAll()
    .where('removed_at', 'is', null)
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

/** Finds the test account of an account, or of the keys of all accounts (null). */
export async function findTestAccount(db: Db, of: AccountId | null): Promise<Account | undefined> {
  const row = await db
    .selectFrom('accounts')
    .selectAll()
    .where('test', '=', 1)
    .where('test_of', 'is', of)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Lists every test account. */
export async function listTestAccounts(db: Db): Promise<Account[]> {
  const rows = await db.selectFrom('accounts').selectAll().where('test', '=', 1).orderBy('id').execute()
  return rows.map(fromRow)
}

/** Finds the account that has, or is to have, this number; also a removed one. */
export async function findAccountByPhone(
  db: Db,
  phone: string,
): Promise<{ account: Account; removed: boolean } | undefined> {
  const spellings = phoneSpellings(phone)
  const row = await db
    .selectFrom('accounts')
    .selectAll()
    .where('test', '=', 0)
    .where((eb) => eb.or([eb('phone', 'in', spellings), eb('expected_phone', 'in', spellings)]))
    .orderBy('removed_at', (o) => o.asc().nullsFirst())
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row && { account: fromRow(row), removed: row.removed_at !== null }
}

/** Removes an account from every list, or lets it wait for its phone again. Its chats are kept. */
export async function setAccountRemoved(trx: Trx, id: AccountId, removedAt: Date | null): Promise<void> {
  await trx
    .updateTable('accounts')
    .set({
      removed_at: removedAt?.getTime() ?? null,
      status: removedAt === null ? 'pending' : 'logged_out',
    })
    .where('id', '=', id)
    .execute()
}

/** Records whether a removed account's leftovers, above all its credentials, still have to be deleted. */
export async function setWipeDue(trx: Trx, id: AccountId, due: boolean): Promise<void> {
  await trx
    .updateTable('accounts')
    .set({ wipe_due: due ? 1 : 0 })
    .where('id', '=', id)
    .execute()
}

/** Lists removed accounts with leftovers to delete. */
export async function findWipesDue(db: Db): Promise<AccountId[]> {
  const rows = await db
    .selectFrom('accounts')
    .select('id')
    .where('wipe_due', '=', 1)
    .where('removed_at', 'is not', null)
    .execute()
  return rows.map(({ id }) => id)
}

/** Renames an account. */
export async function renameAccount(trx: Trx, id: AccountId, name: string): Promise<void> {
  await trx.updateTable('accounts').set({ name }).where('id', '=', id).execute()
}

/** Inserts an account and returns its id. */
export async function insertAccount(
  trx: Trx,
  account: {
    network: Network
    name: string
    at: Date
    expectedPhone?: string | null
    test?: boolean
    testOf?: AccountId | null
  },
): Promise<Account> {
  const row = await trx
    .insertInto('accounts')
    .values({
      network: account.network,
      name: account.name,
      status: 'pending',
      expected_phone: account.expectedPhone ?? null,
      test: account.test === true ? 1 : 0,
      test_of: account.testOf ?? null,
      created_at: account.at.getTime(),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** Sets an account's status. */
export async function setAccountStatus(trx: Trx, id: AccountId, status: AccountStatus): Promise<void> {
  await trx.updateTable('accounts').set({ status }).where('id', '=', id).execute()
}

/** Records the number and LID of the phone that linked an account. */
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

/** Changes the rules about an account's number; undefined ones stay. */
export async function setNumberRules(
  trx: Trx,
  id: AccountId,
  rules: { refusedPhone?: string | null; acceptsOtherNumber?: boolean; expectedPhone?: string | null },
): Promise<void> {
  const set = {
    ...(rules.refusedPhone === undefined ? {} : { refused_phone: rules.refusedPhone }),
    ...(rules.expectedPhone === undefined ? {} : { expected_phone: rules.expectedPhone }),
    ...(rules.acceptsOtherNumber === undefined
      ? {}
      : { accepts_other_number: rules.acceptsOtherNumber ? (1 as const) : (0 as const) }),
  }
  if (Object.keys(set).length === 0) return
  await trx.updateTable('accounts').set(set).where('id', '=', id).execute()
}

/** Returns how many chats an account has, from its counter. */
export async function chatCount(db: Db, id: AccountId): Promise<number> {
  return (await byId(db, { id })).rows[0]?.chat_count ?? 0
}
