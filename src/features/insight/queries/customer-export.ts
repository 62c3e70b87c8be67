import type { AccountId, ChatId, CustomerId, MessageId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import { actionKinds } from '../../../core/message-kind.ts'
import { phoneOf } from '../../../core/jid.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { annotationTables } from '../../messages/records.ts'
import type { Revision } from '../../messages/records.ts'
import { readFormerDetails } from '../../messages/message-details.ts'
import type { Db } from '../../../db/tables.ts'

/** Holds the stored facts of a customer's chat besides its messages. */
export interface KeptChat {
  id: number
  jid: string
  createdAt: Date
  botEnabled: boolean
  untouchable: boolean
  /** The bot's instruction for this chat. */
  instruction: string | null
  /** The bot's summary of messages too old to be read. */
  summary: string | null
  /** Time at which the customer opted out of messages; null: never, or withdrawn. */
  optedOutAt: Date | null
  /** An operator has the chat until then. */
  humanUntil: Date | null
}

/** Holds a message's position within its chat. */
export interface ExportPosition {
  id: number
  at: number
}

/** Holds an annotation that a person made in a group. */
export interface GivenAnnotation {
  messageId: MessageId
  person: string
  kind: 'reaction' | 'vote' | 'answer'
  /** The emoji, or the vote or answer as JSON. */
  value: string
  at: Date
}

/** Names a group in which a person is or was, and the name chosen there. */
export interface GroupPresence {
  jid: string
  subject: string
  role: string
}

const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms))
const anyOf = (values: readonly unknown[]) => sql`(select value from json_each(${JSON.stringify(values)}))`

/** Lists a customer's chats with the bot's data about each. */
export async function keptChats(db: Db, customerId: CustomerId): Promise<KeptChat[]> {
  const rows = await db
    .selectFrom('chats')
    .leftJoin('bot_chats', 'bot_chats.chat_id', 'chats.id')
    .select(['chats.id', 'jid', 'created_at', 'bot_enabled', 'untouchable', 'instruction'])
    .select(['summary', 'opted_out_at', 'human_until'])
    .where('customer_id', '=', customerId)
    .orderBy('chats.id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    jid: row.jid,
    createdAt: new Date(row.created_at),
    botEnabled: row.bot_enabled === 1,
    untouchable: row.untouchable === 1,
    instruction: row.instruction,
    summary: row.summary,
    optedOutAt: dateOf(row.opted_out_at),
    humanUntil: dateOf(row.human_until),
  }))
}

/** Returns when a customer last stated their consent; null if unknown. */
export async function marketingSaidAt(db: Db, customerId: CustomerId): Promise<Date | null> {
  const row = await db
    .selectFrom('customers')
    .select('marketing_said_at')
    .where('id', '=', customerId)
    .executeTakeFirst()
  return dateOf(row?.marketing_said_at ?? null)
}

const positionsAfter = compiled((db: Db, p: ExportPosition & { chatId: ChatId; limit: number }) =>
  db
    .selectFrom('messages')
    .select(['id', 'sent_at as at'])
    .where('chat_id', '=', p.chatId)
    .where(sql<boolean>`(sent_at, id) > (${p.at}, ${p.id})`)
    .where('kind', 'not in', actionKinds)
    .orderBy('sent_at')
    .orderBy('id')
    .limit(p.limit),
)

/** Lists the positions of a chat's messages after one, oldest first. */
export async function messagesAfter(
  db: Db,
  chatId: ChatId,
  after: ExportPosition,
  limit: number,
): Promise<ExportPosition[]> {
  return (await positionsAfter(db, { ...after, chatId, limit })).rows
}

/** Lists messages' former versions, oldest first, by message. */
export async function revisionsOfAll(
  db: Db,
  messageIds: readonly MessageId[],
): Promise<Map<number, Revision[]>> {
  const found = new Map<number, Revision[]>()
  const rows = await db
    .selectFrom('revisions')
    .select(['message_id', 'change', 'former_text', 'former_details', 'at'])
    .where('message_id', 'in', sql<number>`${anyOf(messageIds)}`)
    .orderBy('at')
    .execute()
  for (const row of rows) {
    const revision = {
      change: row.change,
      text: row.former_text,
      details: readFormerDetails(row.former_details),
      at: new Date(row.at),
    }
    found.set(row.message_id, [...(found.get(row.message_id) ?? []), revision])
  }
  return found
}

/** Returns the newest message id, so that a scan ends. */
export async function newestMessageId(db: Db): Promise<number> {
  const { newest } = await db
    .selectFrom('messages')
    .select((eb) => eb.fn.max<number | null>('id').as('newest'))
    .executeTakeFirstOrThrow()
  return newest ?? 0
}

/** Lists the groups that people with these jids are in or have written in. */
export async function groupsOfPerson(
  db: Db,
  accountId: AccountId,
  jids: readonly string[],
): Promise<GroupPresence[]> {
  const isTheirs = sql<boolean>`(m.jid in ${anyOf(jids)} or m.other_jid in ${anyOf(jids)})`
  return db
    .selectFrom('group_members as m')
    .innerJoin('groups as g', (join) =>
      join.onRef('g.account_id', '=', 'm.account_id').onRef('g.jid', '=', 'm.group_jid'),
    )
    .select(['g.jid', 'g.subject', 'm.role'])
    .where('m.account_id', '=', accountId)
    .where(isTheirs)
    .orderBy('g.jid')
    .execute()
}

/** Lists the names that people with these jids chose in groups. */
export async function namesInGroups(
  db: Db,
  accountId: AccountId,
  jids: readonly string[],
): Promise<{ jid: string; pushName: string | null; username: string | null }[]> {
  const phones = jids.map(phoneOf).filter((phone) => phone !== null)
  return db
    .selectFrom('senders')
    .select(['jid', 'push_name as pushName', 'username'])
    .where('account_id', '=', accountId)
    .where((eb) => eb.or([eb('jid', 'in', jids), eb('phone', 'in', phones)]))
    .orderBy('jid')
    .execute()
}

/** Lists the names of people with these jids, in the address book and their own. */
export function namesOfContact(
  db: Db,
  accountId: AccountId,
  jids: readonly string[],
): Promise<{ jid: string; name: string | null; pushName: string | null }[]> {
  return db
    .selectFrom('contact_names')
    .select(['jid', 'name', 'push_name as pushName'])
    .where('account_id', '=', accountId)
    .where('jid', 'in', jids)
    .orderBy('jid')
    .execute()
}

/** Finds messages that people with these jids wrote in groups, with ids above `after` and up to `through`. */
export async function writtenInGroups(
  db: Db,
  accountId: AccountId,
  jids: readonly string[],
  { after, through }: { after: number; through: number },
): Promise<number[]> {
  const rows = await db
    .selectFrom('messages')
    .select('id')
    .where('id', '>', after)
    .where('id', '<=', through)
    // The plus makes SQLite scan the range, not all of the account's messages.
    .where(sql<boolean>`+account_id = ${accountId}`)
    .where(sql<boolean>`direction = 'incoming' and participant in ${anyOf(jids)}`)
    .where('kind', 'not in', actionKinds)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

const markKinds = { reactions: 'reaction', poll_votes: 'vote', event_answers: 'answer' } as const

/** Reads a page of one table's annotations by these jids in groups, after the given one. */
export async function annotationsOfPerson(
  db: Db,
  about: { accountId: AccountId; jids: readonly string[]; table: keyof typeof markKinds },
  after: Pick<GivenAnnotation, 'messageId' | 'person'>,
  limit: number,
): Promise<GivenAnnotation[]> {
  const column = annotationTables.find(({ table }) => table === about.table)?.column
  if (column === undefined) throw new Error(`no table of marks: ${about.table}`)
  // The last condition is the index's, without which SQLite would not use it.
  const { rows } = await sql<{ messageId: MessageId; person: string; value: string; at: number }>`
    select message_id as messageId, person, ${sql.ref(column)} as value, at from ${sql.table(about.table)}
    where person in ${anyOf(about.jids)} and (message_id, person) > (${after.messageId}, ${after.person})
      and exists (select 1 from messages m where m.id = message_id and m.account_id = ${about.accountId})
      and person <> 'me' and person <> 'customer'
    order by message_id, person limit ${limit}`.execute(db)
  return rows.map((row) => ({ ...row, kind: markKinds[about.table], at: new Date(row.at) }))
}

/** The tables of annotations. */
export const exportedTables = Object.keys(markKinds) as (keyof typeof markKinds)[]
