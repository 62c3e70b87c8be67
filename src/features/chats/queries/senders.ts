import type { AccountId } from '../../../core/ids.ts'
import { shownPerson } from '../group-person.ts'
import type { Person } from '../group.ts'
import { phoneOf } from '../../../core/jid.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

const known = compiled((db: Db, p: { accountId: AccountId; jid: string; of: AccountId; as: string }) =>
  db
    .selectFrom('accounts as a')
    .leftJoin('chat_jids as j', (join) => join.onRef('j.account_id', '=', 'a.id').on('j.jid', '=', p.jid))
    .leftJoin('chats as c', 'c.id', 'j.chat_id')
    .leftJoin('customers as p', 'p.id', 'c.customer_id')
    .leftJoin('senders as s', (join) => join.onRef('s.account_id', '=', 'a.id').on('s.jid', '=', p.as))
    .leftJoin('contact_names as n', (join) => join.onRef('n.account_id', '=', 'a.id').on('n.jid', '=', p.as))
    .select((eb) => [
      eb.fn.coalesce('p.phone', 's.phone').as('phone'),
      eb.fn.coalesce('p.name', 'n.name').as('name'),
      eb.fn.coalesce('p.username', 's.username', 'n.username').as('username'),
      eb.fn.coalesce('p.push_name', 's.push_name', 'n.push_name').as('push_name'),
    ])
    .where('a.id', '=', p.of),
)

/** Returns a person by jid, as the APIs show people; without a name and a number as `unnamed`. */
export async function getPerson(
  db: Db,
  accountId: AccountId,
  { jid, unnamed }: { jid: string; unnamed?: string },
): Promise<Person> {
  const [row] = (await known(db, { accountId, jid, of: accountId, as: jid })).rows
  const { phone = null, name = null, push_name: pushName = null, username = null } = row ?? {}
  return shownPerson(jid, { name, pushName, username, phone }, unnamed === undefined ? {} : { unnamed })
}

interface Sender {
  accountId: AccountId
  jid: string
  phone: string | null
  pushName: string | null
  username: string | null
}

const learnt = ['phone', 'push_name', 'username'] as const

const note = compiled((trx: Trx, p: Sender) =>
  trx
    .insertInto('senders')
    .values({
      account_id: p.accountId,
      jid: p.jid,
      phone: p.phone,
      push_name: p.pushName,
      username: p.username,
    })
    .onConflict((c) =>
      c
        .columns(['account_id', 'jid'])
        .doUpdateSet((eb) => ({
          phone: eb.fn.coalesce('excluded.phone', 'senders.phone'),
          push_name: eb.fn.coalesce('excluded.push_name', 'senders.push_name'),
          username: eb.fn.coalesce('excluded.username', 'senders.username'),
        }))
        // Most messages tell nothing new, and need no write.
        .where((eb) =>
          eb.or(
            learnt.map((column) =>
              eb.and([
                eb(`excluded.${column}`, 'is not', null),
                eb(`excluded.${column}`, 'is distinct from', eb.ref(`senders.${column}`)),
              ]),
            ),
          ),
        ),
    ),
)

/** Stores the author of a group message under the message's jid. @returns whether anything about them is new */
export async function noteSender(
  trx: Trx,
  accountId: AccountId,
  sender: { jid: string; otherJid: string | null; pushName: string | null; username: string | null },
): Promise<boolean> {
  const phone = phoneOf(sender.jid) ?? (sender.otherJid === null ? null : phoneOf(sender.otherJid))
  const { jid, pushName, username } = sender
  const { numAffectedRows = 0n } = await note(trx, { accountId, jid, phone, pushName, username })
  const isNew = numAffectedRows > 0n
  if (username !== null && isNew) await releaseUsername(trx, { accountId, username, keptBy: [jid] })
  return isNew
}

/** Takes a username from the people of groups who had it before the person with these jids. */
export async function releaseUsername(
  trx: Trx,
  { accountId, username, keptBy }: { accountId: AccountId; username: string; keptBy: readonly string[] },
): Promise<void> {
  await trx
    .updateTable('senders')
    .set({ username: null })
    .where('account_id', '=', accountId)
    .where('username', '=', username)
    .where('jid', 'not in', keptBy)
    .execute()
}

/** Deletes the names chosen in groups of people with these jids. */
export async function forgetSenders(trx: Trx, accountId: AccountId, jids: readonly string[]): Promise<void> {
  const phones = jids.map(phoneOf).filter((phone) => phone !== null)
  await trx
    .deleteFrom('senders')
    .where('account_id', '=', accountId)
    .where((eb) => eb.or([eb('jid', 'in', jids), eb('phone', 'in', phones)]))
    .execute()
}
