import type { AccountId, ChatId, CustomerId, MessageId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import { actionKinds } from '../../../core/message-kind.ts'
import { phoneOf } from '../../../core/jid.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { markTables } from '../../messages/queries/annotations.ts'
import type { Revision } from '../../messages/queries/message-changes.ts'
import { readDetails } from '../../messages/queries/message-details.ts'
import type { Db } from '../../../db/tables.ts'

/** What is kept of a customer's chat beside its messages. */
export interface KeptChat {
  id: number
  jid: string
  createdAt: Date
  botEnabled: boolean
  untouchable: boolean
  /** What the bot was told for this chat. */
  instruction: string | null
  /** What the bot remembers of what is too old to be read. */
  summary: string | null
  /** When the customer asked for no more messages; null: never, or took it back. */
  optedOutAt: Date | null
  /** A person of the business has the chat until then. */
  humanUntil: Date | null
}

/** The place of a message among those of its chat. */
export interface Position {
  id: number
  at: number
}

/** Something that a person put under a message of a group. */
export interface GivenMark {
  messageId: MessageId
  person: string
  kind: 'reaction' | 'vote' | 'answer'
  /** The emoji, or what was chosen or answered as JSON. */
  value: string
  at: Date
}

/** A group in which a person is or was met, and what it calls itself there. */
export interface GroupPresence {
  jid: string
  subject: string
  role: string
}

const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms))
const anyOf = (values: readonly unknown[]) => sql`(select value from json_each(${JSON.stringify(values)}))`

/** The chats of a customer with what the bot keeps of each. */
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

/** When a customer's word on advertising was given; null where that is not known. */
export async function marketingSaidAt(db: Db, customerId: CustomerId): Promise<Date | null> {
  const row = await db
    .selectFrom('customers')
    .select('marketing_said_at')
    .where('id', '=', customerId)
    .executeTakeFirst()
  return dateOf(row?.marketing_said_at ?? null)
}

const placesAfter = compiled((db: Db, p: Position & { chatId: ChatId; limit: number }) =>
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

/** The places of the messages of a chat that come after one, oldest first. */
export async function messagesAfter(
  db: Db,
  chatId: ChatId,
  after: Position,
  limit: number,
): Promise<Position[]> {
  return (await placesAfter(db, { ...after, chatId, limit })).rows
}

/** What messages were before somebody changed them, oldest first, by message. */
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
      details: readDetails(row.former_details),
      at: new Date(row.at),
    }
    found.set(row.message_id, [...(found.get(row.message_id) ?? []), revision])
  }
  return found
}

/** The newest message of all, so that a walk over them has an end. */
export async function newestMessageId(db: Db): Promise<number> {
  const { newest } = await db
    .selectFrom('messages')
    .select((eb) => eb.fn.max<number | null>('id').as('newest'))
    .executeTakeFirstOrThrow()
  return newest ?? 0
}

/** The groups that people with these jids are in, and those in which they have written count as well. */
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

/** What somebody with one of these jids calls itself in groups; empty where it never wrote in one. */
export async function namesInGroups(
  db: Db,
  accountId: AccountId,
  jids: readonly string[],
): Promise<{ jid: string; pushName: string | null }[]> {
  const phones = jids.map(phoneOf).filter((phone) => phone !== null)
  return db
    .selectFrom('senders')
    .select(['jid', 'push_name as pushName'])
    .where('account_id', '=', accountId)
    .where((eb) => eb.or([eb('jid', 'in', jids), eb('phone', 'in', phones)]))
    .orderBy('jid')
    .execute()
}

/** What the phone's address book calls people with these jids, and what they call themselves. */
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

/** Messages that people with these jids wrote in groups, among those with an id above `after` and up to `through`. */
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
    // With the plus SQLite walks over the stretch, and not over all that the account has.
    .where(sql<boolean>`+account_id = ${accountId}`)
    .where(sql<boolean>`direction = 'incoming' and participant in ${anyOf(jids)}`)
    .where('kind', 'not in', actionKinds)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

const markKinds = { reactions: 'reaction', poll_votes: 'vote', event_answers: 'answer' } as const

/** What people with these jids put under messages of groups in one of the tables of marks, after one of theirs. */
export async function marksOfPerson(
  db: Db,
  about: { accountId: AccountId; jids: readonly string[]; table: keyof typeof markKinds },
  after: Pick<GivenMark, 'messageId' | 'person'>,
  limit: number,
): Promise<GivenMark[]> {
  const column = markTables.find(({ table }) => table === about.table)?.column
  if (column === undefined) throw new Error(`no table of marks: ${about.table}`)
  // The last condition is that of the index, without which SQLite would not use it.
  const { rows } = await sql<{ messageId: MessageId; person: string; value: string; at: number }>`
    select message_id as messageId, person, ${sql.ref(column)} as value, at from ${sql.table(about.table)}
    where person in ${anyOf(about.jids)} and (message_id, person) > (${after.messageId}, ${after.person})
      and exists (select 1 from messages m where m.id = message_id and m.account_id = ${about.accountId})
      and person <> 'me' and person <> 'customer'
    order by message_id, person limit ${limit}`.execute(db)
  return rows.map((row) => ({ ...row, kind: markKinds[about.table], at: new Date(row.at) }))
}

/** The tables of what people put under messages. */
export const tablesOfMarks = Object.keys(markKinds) as (keyof typeof markKinds)[]
