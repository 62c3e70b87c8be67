import { sql } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import { phoneJid } from '../../../core/jid.ts'
import type { Db } from '../../../db/tables.ts'

/**
 * Finds the jids of the people with these usernames: customers, then people of groups and of the address book. The number
 * comes first where it is known.
 */
export async function jidsOfUsernames(
  db: Db,
  accountId: AccountId,
  names: readonly string[],
): Promise<Map<string, string>> {
  const wanted = sql`(select value from json_each(${JSON.stringify(names)}))`
  const { rows } = await sql<{ username: string; phone: string | null; jid: string | null }>`
    select username, phone, lid as jid, 1 as place from customers
      where account_id = ${accountId} and username in ${wanted} and username is not null
    union all select username, phone, jid, 2 from senders where account_id = ${accountId} and username in ${wanted}
    union all select username, null, jid, 3 from contact_names
      where account_id = ${accountId} and username in ${wanted}
    order by place desc`.execute(db)
  const found = rows.flatMap(({ username, phone, jid }) => {
    const shown = phone === null ? jid : phoneJid(phone)
    return shown === null ? [] : [[username, shown] as const]
  })
  return new Map(found)
}
