import type { AccountId } from '../../../core/ids.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { ContactNamesTable } from '../../../db/tables/identity.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Holds the names of a person. */
export interface CalledBy {
  /** From the address book. */
  name: string | null
  /** Chosen by the person. */
  pushName: string | null
  username: string | null
}

const put = compiled((trx: Trx, p: ContactNamesTable) =>
  trx
    .insertInto('contact_names')
    .values({
      account_id: p.account_id,
      jid: p.jid,
      name: p.name,
      push_name: p.push_name,
      username: p.username,
    })
    .onConflict((c) =>
      c.columns(['account_id', 'jid']).doUpdateSet((eb) => ({
        name: eb.fn.coalesce('excluded.name', 'contact_names.name'),
        push_name: eb.fn.coalesce('excluded.push_name', 'contact_names.push_name'),
        username: eb.fn.coalesce('excluded.username', 'contact_names.username'),
      })),
    ),
)

/** Stores the names of people without a chat, for when they write. */
export async function putContactNames(
  trx: Trx,
  accountId: AccountId,
  jids: readonly string[],
  { name, pushName, username }: CalledBy,
): Promise<void> {
  for (const jid of jids) await put(trx, { account_id: accountId, jid, name, push_name: pushName, username })
}

const under = compiled((db: Db, p: { accountId: AccountId; first: string; second: string }) =>
  db
    .selectFrom('contact_names')
    .select(['name', 'push_name as pushName', 'username'])
    .where('account_id', '=', p.accountId)
    .where('jid', 'in', [p.first, p.second]),
)

/** Finds the name of the person with a jid, or two. */
export async function findContactName(
  db: Db,
  accountId: AccountId,
  [first = '', second = first]: readonly string[],
): Promise<CalledBy | undefined> {
  const { rows } = await under(db, { accountId, first, second })
  return rows.find(({ name }) => name !== null) ?? rows[0]
}

const copy = compiled((trx: Trx, p: { accountId: AccountId; from: string; to: string }) =>
  trx
    .insertInto('contact_names')
    .columns(['account_id', 'jid', 'name', 'push_name', 'username'])
    .expression((eb) =>
      eb
        .selectFrom('contact_names as known')
        .select((of) => [of.ref('known.account_id').as('account_id'), of.val(p.to).as('jid')])
        .select(['known.name', 'known.push_name', 'known.username'])
        .where('known.account_id', '=', p.accountId)
        .where('known.jid', '=', p.from),
    )
    .onConflict((c) => c.columns(['account_id', 'jid']).doNothing()),
)

/** Lets a name be found under both jids of a person. */
export async function linkContactNames(
  trx: Trx,
  accountId: AccountId,
  [one, other]: readonly [string, string],
): Promise<void> {
  await copy(trx, { accountId, from: one, to: other })
  await copy(trx, { accountId, from: other, to: one })
}

/** Deletes a person's names. */
export async function forgetContactNames(
  trx: Trx,
  accountId: AccountId,
  jids: readonly string[],
): Promise<void> {
  await trx.deleteFrom('contact_names').where('account_id', '=', accountId).where('jid', 'in', jids).execute()
}
