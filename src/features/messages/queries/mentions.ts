import { sql } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import { unnamedMember } from '../../chats/group-person.ts'
import { displayName } from '../../contacts/customer.ts'
import { phoneJid, phoneOf } from '../../../core/jid.ts'
import type { Mentioned } from '../message.ts'
import type { Db } from '../../../db/tables.ts'

interface Row {
  jid: string
  mapped: string | null
  phone: string | null
  push_name: string | null
  name: string | null
  customer_push_name: string | null
  customer_phone: string | null
  own_name: string | null
}

/**
 * Finds the people with these jids as people are shown: from their own chats and the names they chose in groups. The account
 * itself has its business's name. Always one query.
 */
export async function findMentioned(
  db: Db,
  accountId: AccountId,
  jids: readonly string[],
): Promise<Map<string, Mentioned>> {
  const { rows } = await sql<Row>`
    select people.value as jid, senders.phone, senders.push_name, customers.name,
      customers.push_name as customer_push_name, customers.phone as customer_phone,
      (select phone from lid_mappings where account_id = ${accountId} and lid = people.value) as mapped,
      (select coalesce(nullif((select json_extract(value, '$') from settings
            where account_id = accounts.id and key = 'businessName'), ''), accounts.name)
        from accounts where id = ${accountId}
          and (lid = people.value or phone || '@s.whatsapp.net' = people.value)) as own_name
    from json_each(${JSON.stringify(jids)}) as people
    left join senders on senders.account_id = ${accountId} and senders.jid = people.value
    left join chat_jids on chat_jids.account_id = ${accountId} and chat_jids.jid = people.value
    left join chats on chats.id = chat_jids.chat_id
    left join customers on customers.id = chats.customer_id`.execute(db)
  return new Map(rows.map((row) => [row.jid, mentionedOf(row)]))
}

function mentionedOf(row: Row): Mentioned {
  const phone = row.customer_phone ?? row.phone ?? row.mapped ?? phoneOf(row.jid)
  const pushName = row.customer_push_name ?? row.push_name
  const name = row.own_name ?? displayName({ name: row.name, pushName, phone }, unnamedMember)
  return { jid: phone === null ? row.jid : phoneJid(phone), name, me: row.own_name !== null }
}

/** Replaces the numbers that WhatsApp writes for mentions by names. */
export function withNames(text: string, people: ReadonlyMap<string, Mentioned>): string {
  const names = new Map([...people].map(([jid, { name }]) => [jid.slice(0, jid.indexOf('@')), name]))
  return text.replaceAll(/(?<![\w@])@(\d{5,25})(?!\d)/g, (whole, digits: string) => {
    const name = names.get(digits)
    return name === undefined ? whole : `@${name}`
  })
}
