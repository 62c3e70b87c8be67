import type { MessageId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { Compilable, CompiledQuery, RawBuilder } from 'kysely'
import type { EventAnswer } from '../../../core/content.ts'
import { phoneJid } from '../../../core/jid.ts'
import type { GivenAnswer, PollVote, Reaction } from '../message.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { KindTables } from '../../../db/tables/kinds.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Reactions, votes and answers of one message. */
export interface Marks {
  reactions: Reaction[]
  votes: PollVote[]
  answers: GivenAnswer[]
}

/**
 * Returns the key of an annotation's author: the account, the customer of a one-to-one chat, or a group member's jid,
 * the LID if known.
 */
export function personOf(by: { fromMe: boolean; participant: string | null }): string {
  return by.fromMe ? 'me' : (by.participant ?? 'customer')
}

/** Shows people by their number if known. */
const whose = ({ person, phone }: { person: string; phone: string | null }) => ({
  fromMe: person === 'me',
  participant: person.includes('@') ? (phone === null ? person : phoneJid(phone)) : null,
})

const flag = compiled((trx: Trx, p: { messageId: MessageId }) =>
  trx.updateTable('messages').set({ marked: 1 }).where('id', '=', p.messageId),
)

interface Mark {
  messageId: MessageId
  person: string
  value: string
  at: number
}

interface MarkRow {
  id: number
  person: string
  phone: string | null
  value: string
  at: number
}

/** The tables of annotations, with the column that holds the value; each person has one row per message. */
export const markTables = [
  { table: 'reactions', column: 'emoji' },
  { table: 'poll_votes', column: 'options' },
  { table: 'event_answers', column: 'answer' },
] as const satisfies MarkTable[keyof MarkTable][]

/** Makes a misspelt column a compile error, as elsewhere. */
type MarkTable = {
  [T in 'reactions' | 'poll_votes' | 'event_answers']: {
    table: T
    column: Exclude<keyof KindTables[T], 'message_id' | 'person' | 'at'>
  }
}

/** Builds the queries over one of these tables. `blank`: the value of a withdrawn annotation. */
function marksIn({ table, column }: (typeof markTables)[number], blank: string) {
  const [marks, value] = [sql.table(table), sql.ref(`${table}.${column}`)]
  const known = compiled((db: Db, p: { messageId: MessageId; person: string }) =>
    compilable<{ value: string; at: number }>(
      db,
      sql`select ${value} as value, at from ${marks} where message_id = ${p.messageId} and person = ${p.person}`,
    ),
  )
  const write = compiled((trx: Trx, p: Mark) =>
    compilable(
      trx,
      sql`insert into ${marks}(message_id, person, ${sql.ref(column)}, at)
        values (${p.messageId}, ${p.person}, ${p.value}, ${p.at})
        on conflict(message_id, person) do update set ${sql.ref(column)} = excluded.${sql.ref(column)}, at = excluded.at`,
    ),
  )
  return {
    /** Lists the annotations of messages, oldest first, with the author's number if known. */
    async under(db: Db, messageIds: readonly MessageId[]): Promise<MarkRow[]> {
      const { rows } = await sql<MarkRow>`
        select ${marks}.message_id as id, ${marks}.person as person, lid_mappings.phone as phone, ${value} as value, ${marks}.at as at
        from ${marks} join messages on messages.id = ${marks}.message_id
        left join lid_mappings on lid_mappings.account_id = messages.account_id and lid_mappings.lid = ${marks}.person
        where ${marks}.message_id in (${sql.join(messageIds)}) and ${value} <> ${blank}
        order by ${marks}.at`.execute(db)
      return rows
    },
    /** Stores an annotation; false if it changes nothing, or a newer one of the person exists. */
    async put(trx: Trx, mark: Mark): Promise<boolean> {
      const [before] = (await known(trx, mark)).rows
      if (before && before.at >= mark.at) return false
      await write(trx, mark)
      if (mark.value === (before?.value ?? blank)) return false
      await flag(trx, mark)
      return true
    },
  }
}

/** Wraps raw SQL for compiled queries. */
function compilable<R>(db: Db, query: RawBuilder<unknown>): Compilable<R> {
  return { compile: () => query.compile(db) as CompiledQuery<R> }
}

const written = ({ answer, guests }: EventAnswer) => JSON.stringify({ answer, guests })

const reactions = marksIn(markTables[0], '')
const votes = marksIn(markTables[1], '[]')
const answers = marksIn(markTables[2], written({ answer: null, guests: 0 }))

/** Loads the annotations of messages that have any, in three queries whatever their number. */
export async function marksOf(db: Db, messageIds: readonly MessageId[]): Promise<Map<number, Marks>> {
  const marks = new Map<number, Marks>()
  if (messageIds.length === 0) return marks
  const of = (id: number) => {
    const found = marks.get(id) ?? { reactions: [], votes: [], answers: [] }
    marks.set(id, found)
    return found
  }
  for (const { id, value, at, ...by } of await reactions.under(db, messageIds)) {
    of(id).reactions.push({ emoji: value, ...whose(by), at: new Date(at) })
  }
  for (const { id, value, at, ...by } of await votes.under(db, messageIds)) {
    of(id).votes.push({ options: JSON.parse(value) as string[], ...whose(by), at: new Date(at) })
  }
  for (const { id, value, at, ...by } of await answers.under(db, messageIds)) {
    const { answer, guests } = JSON.parse(value) as EventAnswer
    if (answer !== null) of(id).answers.push({ answer, guests, ...whose(by), at: new Date(at) })
  }
  return marks
}

/** Stores a reaction, or its withdrawal (''). False if that changes nothing, or a newer one exists. */
export function putReaction(trx: Trx, mark: Mark): Promise<boolean> {
  return reactions.put(trx, mark)
}

/** Stores a person's vote. False if that changes nothing, or a newer one exists. */
export function putVote(
  trx: Trx,
  { options, ...about }: Omit<Mark, 'value'> & { options: string[] },
): Promise<boolean> {
  return votes.put(trx, { ...about, value: JSON.stringify(options) })
}

/** Stores a person's answer to an event. False if that changes nothing, or a newer one exists. */
export function putAnswer(
  trx: Trx,
  { given, ...about }: Omit<Mark, 'value'> & { given: EventAnswer },
): Promise<boolean> {
  return answers.put(trx, { ...about, value: written(given) })
}

/** Deletes all annotations of a message. */
export async function dropMarks(trx: Trx, messageId: MessageId): Promise<void> {
  for (const { table } of markTables) {
    await trx.deleteFrom(table).where('message_id', '=', messageId).execute()
  }
  await trx.updateTable('messages').set({ marked: 0 }).where('id', '=', messageId).execute()
}
