import { sql } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import { unnamedMember } from '../group-person.ts'
import { displayName } from '../../contacts/customer.ts'
import { findableJids, formatPhone, phoneJid, phoneOf } from '../../../core/jid.ts'
import { isPossiblePhone } from '../../../core/phone/country.ts'
import type { Mentioned } from '../group.ts'
import type { Db } from '../../../db/tables.ts'

interface Row {
  jid: string
  mapped: string | null
  phone: string | null
  push_name: string | null
  name: string | null
  customer_push_name: string | null
  customer_username: string | null
  username: string | null
  customer_phone: string | null
  own_name: string | null
}

/**
 * Finds the people with these jids as people are shown: from their own chats and the names they chose in groups. The account
 * itself has its business's name. Always one query.
 */
async function findMentioned(
  db: Db,
  accountId: AccountId,
  jids: readonly string[],
): Promise<Map<string, Mentioned>> {
  const { rows } = await sql<Row>`
    select people.value as jid, senders.phone, senders.push_name, senders.username, customers.name,
      customers.push_name as customer_push_name, customers.username as customer_username, customers.phone as customer_phone,
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
  const username = row.customer_username ?? row.username
  const name = row.own_name ?? displayName({ name: row.name, pushName, username, phone }, unnamedMember)
  return { jid: phone === null ? row.jid : phoneJid(phone), name, username, me: row.own_name !== null }
}

/**
 * Finds the people with these jids as a group shows them: whoever is not in it without the names that the business has. Anyone
 * in a group can mention any number, and the bot reads there what it says.
 */
export async function findMentionedIn(
  db: Db,
  of: { accountId: AccountId; group: string },
  jids: readonly string[],
): Promise<Map<string, Mentioned>> {
  const [people, strangers] = [await findMentioned(db, of.accountId, jids), await strangersIn(db, of, jids)]
  return new Map(
    [...people].map(([jid, person]) => [
      jid,
      strangers.has(jid) && !person.me ? asStranger(jid, person) : person,
    ]),
  )
}

function asStranger(jid: string, { me }: Mentioned): Mentioned {
  const phone = phoneOf(jid)
  return { jid, name: phone === null ? unnamedMember : formatPhone(phone), username: null, me }
}

/** Lists those of the jids that are not in a group; none where its members are unknown. */
async function strangersIn(
  db: Db,
  { accountId, group }: { accountId: AccountId; group: string },
  jids: readonly string[],
): Promise<Set<string>> {
  const members = await db
    .selectFrom('group_members')
    .select(['jid', 'other_jid'])
    .where('account_id', '=', accountId)
    .where('group_jid', '=', group)
    .execute()
  if (members.length === 0) return new Set()
  const inside = new Set(findableJids(members.flatMap(({ jid, other_jid: other }) => [jid, other ?? jid])))
  return new Set(jids.filter((jid) => !inside.has(jid)))
}

/** The digits of an address, as WhatsApp writes them for a mention. */
const mention = /(?<![\w@])@(\d{5,25})(?!\d)/g

/** Replaces the numbers that WhatsApp writes for mentions by names. */
export function withNames(text: string, people: ReadonlyMap<string, Mentioned>): string {
  const names = new Map([...people].map(([jid, { name }]) => [jid.slice(0, jid.indexOf('@')), name]))
  return text.replaceAll(mention, (whole, digits: string) => {
    const name = names.get(digits)
    return name === undefined ? whole : name.startsWith('@') ? name : `@${name}`
  })
}

/** People that are looked up for some texts together; mentions of more stay as they are. */
const maxLookedUp = 500

/**
 * Replaces mentions by names in texts of groups whose list of mentions is not at hand: quotes, previews, former versions.
 * Digits that no telephone has are a LID, and are replaced even if nobody knows whose.
 */
export async function nameMentions(
  db: Db,
  { accountId, group }: { accountId: AccountId; group?: string },
  texts: readonly string[],
): Promise<string[]> {
  const found = texts.flatMap((text) => [...text.matchAll(mention)].map(([, digits = '']) => digits))
  const all = [...new Set(found)].slice(0, maxLookedUp)
  if (all.length === 0) return [...texts]
  const jids = all.flatMap((digits) => [`${digits}@lid`, phoneJid(digits)])
  const people =
    group === undefined
      ? await findMentioned(db, accountId, jids)
      : await findMentionedIn(db, { accountId, group }, jids)
  const named = all.flatMap((digits) => {
    const person = personOf(digits, people)
    return person ? [[`${digits}@lid`, person] as const] : []
  })
  return texts.map((text) => withNames(text, new Map(named)))
}

/** Replaces mentions by names in the texts of `items`, as {@link nameMentions} does. */
export async function withNamesIn<T extends { text: string }>(
  db: Db,
  of: { accountId: AccountId; group?: string },
  items: readonly T[],
): Promise<T[]> {
  const texts = await nameMentions(
    db,
    of,
    items.map(({ text }) => text),
  )
  return items.map((item, index) => ({ ...item, text: texts[index] ?? item.text }))
}

/** Shorter digits can be anything that people write after an @. */
const minLidLength = 12

/** Returns the person whom digits name; undefined for a number that nobody knows, and for digits of other kinds. */
function personOf(digits: string, people: ReadonlyMap<string, Mentioned>): Mentioned | undefined {
  const [byLid, byPhone] = [people.get(`${digits}@lid`), people.get(phoneJid(digits))]
  if (byLid && byLid.name !== unnamedMember) return byLid
  if (isPossiblePhone(digits)) return byPhone?.name === formatPhone(digits) ? undefined : byPhone
  return digits.length < minLidLength ? undefined : byLid
}
