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
export interface Annotations {
  reactions: Reaction[]
  votes: PollVote[]
  answers: GivenAnswer[]
}

/**
 * Returns the key of an annotation's author: the account, the customer of a one-to-one chat, or a group member's jid,
 * the LID if known.
 */
export function annotatorKey(by: { fromMe: boolean; participant: string | null }): string {
  return by.fromMe ? 'me' : (by.participant ?? 'customer')
}

/** Shows people by their number if known. */
const withNumber = ({ person, phone }: { person: string; phone: string | null }) => ({
  fromMe: person === 'me',
  participant: person.includes('@') ? (phone === null ? person : phoneJid(phone)) : null,
})

const flag = compiled((trx: Trx, p: { messageId: MessageId }) =>
  trx.updateTable('messages').set({ marked: 1 }).where('id', '=', p.messageId),
)

interface Annotation {
  messageId: MessageId
  person: string
  value: string
  at: number
}

interface AnnotationRow {
  id: number
  person: string
  phone: string | null
  value: string
  at: number
}

/** The tables of annotations, with the column that holds the value; each person has one row per message. */
export const annotationTables = [
  { table: 'reactions', column: 'emoji' },
  { table: 'poll_votes', column: 'options' },
  { table: 'event_answers', column: 'answer' },
] as const satisfies AnnotationTable[keyof AnnotationTable][]

/** Makes a misspelt column a compile error, as elsewhere. */
type AnnotationTable = {
  [T in 'reactions' | 'poll_votes' | 'event_answers']: {
    table: T
    column: Exclude<keyof KindTables[T], 'message_id' | 'person' | 'at'>
  }
}

/** Builds the queries over one of these tables. `blank`: the value of a withdrawn annotation. */
function annotationQueries({ table, column }: (typeof annotationTables)[number], blank: string) {
  const [marks, value] = [sql.table(table), sql.ref(`${table}.${column}`)]
  const known = compiled((db: Db, p: { messageId: MessageId; person: string }) =>
    compilable<{ value: string; at: number }>(
      db,
      sql`select ${value} as value, at from ${marks} where message_id = ${p.messageId} and person = ${p.person}`,
    ),
  )
  const write = compiled((trx: Trx, p: Annotation) =>
    compilable(
      trx,
      sql`insert into ${marks}(message_id, person, ${sql.ref(column)}, at)
        values (${p.messageId}, ${p.person}, ${p.value}, ${p.at})
        on conflict(message_id, person) do update set ${sql.ref(column)} = excluded.${sql.ref(column)}, at = excluded.at`,
    ),
  )
  return {
    /** Lists the annotations of messages, oldest first, with the author's number if known. */
    async under(db: Db, messageIds: readonly MessageId[]): Promise<AnnotationRow[]> {
      const { rows } = await sql<AnnotationRow>`
        select ${marks}.message_id as id, ${marks}.person as person, lid_mappings.phone as phone, ${value} as value, ${marks}.at as at
        from ${marks} join messages on messages.id = ${marks}.message_id
        left join lid_mappings on lid_mappings.account_id = messages.account_id and lid_mappings.lid = ${marks}.person
        where ${marks}.message_id in (${sql.join(messageIds)}) and ${value} <> ${blank}
        order by ${marks}.at`.execute(db)
      return rows
    },
    /** Stores an annotation; false if it changes nothing, or a newer one of the person exists. */
    async put(trx: Trx, annotation: Annotation): Promise<boolean> {
      const [before] = (await known(trx, annotation)).rows
      if (before && before.at >= annotation.at) return false
      await write(trx, annotation)
      if (annotation.value === (before?.value ?? blank)) return false
      await flag(trx, annotation)
      return true
    },
  }
}

/** Wraps raw SQL for compiled queries. */
function compilable<R>(db: Db, query: RawBuilder<unknown>): Compilable<R> {
  return { compile: () => query.compile(db) as CompiledQuery<R> }
}

const written = ({ answer, guests }: EventAnswer) => JSON.stringify({ answer, guests })

const reactions = annotationQueries(annotationTables[0], '')
const votes = annotationQueries(annotationTables[1], '[]')
const answers = annotationQueries(annotationTables[2], written({ answer: null, guests: 0 }))

/** Loads the annotations of messages that have any, in three queries for any number of messages. */
export async function annotationsOf(
  db: Db,
  messageIds: readonly MessageId[],
): Promise<Map<number, Annotations>> {
  const annotations = new Map<number, Annotations>()
  if (messageIds.length === 0) return annotations
  const of = (id: number) => {
    const found = annotations.get(id) ?? { reactions: [], votes: [], answers: [] }
    annotations.set(id, found)
    return found
  }
  for (const { id, value, at, ...by } of await reactions.under(db, messageIds)) {
    of(id).reactions.push({ emoji: value, ...withNumber(by), at: new Date(at) })
  }
  for (const { id, value, at, ...by } of await votes.under(db, messageIds)) {
    of(id).votes.push({ options: JSON.parse(value) as string[], ...withNumber(by), at: new Date(at) })
  }
  for (const { id, value, at, ...by } of await answers.under(db, messageIds)) {
    const { answer, guests } = JSON.parse(value) as EventAnswer
    if (answer !== null) of(id).answers.push({ answer, guests, ...withNumber(by), at: new Date(at) })
  }
  return annotations
}

/** Stores a reaction, or its withdrawal (''). False if that changes nothing, or a newer one exists. */
export function putReaction(trx: Trx, annotation: Annotation): Promise<boolean> {
  return reactions.put(trx, annotation)
}

/** Stores a person's vote. False if that changes nothing, or a newer one exists. */
export function putVote(
  trx: Trx,
  { options, ...about }: Omit<Annotation, 'value'> & { options: string[] },
): Promise<boolean> {
  return votes.put(trx, { ...about, value: JSON.stringify(options) })
}

/** Stores a person's answer to an event. False if that changes nothing, or a newer one exists. */
export function putAnswer(
  trx: Trx,
  { given, ...about }: Omit<Annotation, 'value'> & { given: EventAnswer },
): Promise<boolean> {
  return answers.put(trx, { ...about, value: written(given) })
}

/** Deletes all annotations of a message. */
export async function deleteAnnotations(trx: Trx, messageId: MessageId): Promise<void> {
  for (const { table } of annotationTables) {
    await trx.deleteFrom(table).where('message_id', '=', messageId).execute()
  }
  await trx.updateTable('messages').set({ marked: 0 }).where('id', '=', messageId).execute()
}
