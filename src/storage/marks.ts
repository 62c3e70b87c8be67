import type { EventAnswer } from '../domain/content.ts'
import { phoneJid } from '../domain/jid.ts'
import type { GivenAnswer, PollVote, Reaction } from '../domain/message.ts'
import { compiled } from './compiled.ts'
import type { Db, Trx } from './tables.ts'

/** Reactions, votes and answers of one message. */
export interface Marks {
  reactions: Reaction[]
  votes: PollVote[]
  answers: GivenAnswer[]
}

/** Who made a mark: the account, the customer of a chat of two, or a member of a group by its jid, the LID where it is known. */
export function personOf(by: { fromMe: boolean; participant: string | null }): string {
  return by.fromMe ? 'me' : (by.participant ?? 'customer')
}

/** People are shown by their number where it is known. */
const whose = ({ person, phone }: { person: string; phone: string | null }) => ({
  fromMe: person === 'me',
  participant: person.includes('@') ? (phone === null ? person : phoneJid(phone)) : null,
})

/** The marks of those messages that have any, in three queries whatever their number. */
export async function marksOf(db: Db, messageIds: readonly number[]): Promise<Map<number, Marks>> {
  const marks = new Map<number, Marks>()
  if (messageIds.length === 0) return marks
  const of = (id: number) => {
    const found = marks.get(id) ?? { reactions: [], votes: [], answers: [] }
    marks.set(id, found)
    return found
  }
  const reactions = await db
    .selectFrom('reactions')
    .innerJoin('messages', 'messages.id', 'reactions.message_id')
    .leftJoin('lid_mappings', (join) =>
      join
        .onRef('lid_mappings.account_id', '=', 'messages.account_id')
        .onRef('lid_mappings.lid', '=', 'reactions.person'),
    )
    .select(['message_id as id', 'person', 'lid_mappings.phone', 'emoji', 'at'])
    .where('message_id', 'in', messageIds)
    .where('emoji', '<>', '')
    .orderBy('at')
    .execute()
  for (const { id, emoji, at, ...by } of reactions) {
    of(id).reactions.push({ emoji, ...whose(by), at: new Date(at) })
  }
  const votes = await db
    .selectFrom('poll_votes')
    .innerJoin('messages', 'messages.id', 'poll_votes.message_id')
    .leftJoin('lid_mappings', (join) =>
      join
        .onRef('lid_mappings.account_id', '=', 'messages.account_id')
        .onRef('lid_mappings.lid', '=', 'poll_votes.person'),
    )
    .select(['message_id as id', 'person', 'lid_mappings.phone', 'options', 'at'])
    .where('message_id', 'in', messageIds)
    .where('options', '<>', '[]')
    .orderBy('at')
    .execute()
  for (const { id, options, at, ...by } of votes) {
    of(id).votes.push({ options: JSON.parse(options) as string[], ...whose(by), at: new Date(at) })
  }
  const answers = await db
    .selectFrom('event_answers')
    .innerJoin('messages', 'messages.id', 'event_answers.message_id')
    .leftJoin('lid_mappings', (join) =>
      join
        .onRef('lid_mappings.account_id', '=', 'messages.account_id')
        .onRef('lid_mappings.lid', '=', 'event_answers.person'),
    )
    .select(['message_id as id', 'person', 'lid_mappings.phone', 'answer as given', 'at'])
    .where('message_id', 'in', messageIds)
    .orderBy('at')
    .execute()
  for (const { id, given, at, ...by } of answers) {
    const { answer, guests } = JSON.parse(given) as EventAnswer
    if (answer !== null) of(id).answers.push({ answer, guests, ...whose(by), at: new Date(at) })
  }
  return marks
}

interface Mark {
  messageId: number
  person: string
  value: string
  at: number
}

const reactionOf = compiled((db: Db, p: { messageId: number; person: string }) =>
  db
    .selectFrom('reactions')
    .select(['emoji as value', 'at'])
    .where('message_id', '=', p.messageId)
    .where('person', '=', p.person),
)

const react = compiled((trx: Trx, p: Mark) =>
  trx
    .insertInto('reactions')
    .values({ message_id: p.messageId, person: p.person, emoji: p.value, at: p.at })
    .onConflict((c) => c.columns(['message_id', 'person']).doUpdateSet({ emoji: p.value, at: p.at })),
)

const voteOf = compiled((db: Db, p: { messageId: number; person: string }) =>
  db
    .selectFrom('poll_votes')
    .select(['options as value', 'at'])
    .where('message_id', '=', p.messageId)
    .where('person', '=', p.person),
)

const vote = compiled((trx: Trx, p: Mark) =>
  trx
    .insertInto('poll_votes')
    .values({ message_id: p.messageId, person: p.person, options: p.value, at: p.at })
    .onConflict((c) => c.columns(['message_id', 'person']).doUpdateSet({ options: p.value, at: p.at })),
)

const answerOf = compiled((db: Db, p: { messageId: number; person: string }) =>
  db
    .selectFrom('event_answers')
    .select(['answer as value', 'at'])
    .where('message_id', '=', p.messageId)
    .where('person', '=', p.person),
)

const answer = compiled((trx: Trx, p: Mark) =>
  trx
    .insertInto('event_answers')
    .values({ message_id: p.messageId, person: p.person, answer: p.value, at: p.at })
    .onConflict((c) => c.columns(['message_id', 'person']).doUpdateSet({ answer: p.value, at: p.at })),
)

const flag = compiled((trx: Trx, p: { messageId: number }) =>
  trx.updateTable('messages').set({ marked: 1 }).where('id', '=', p.messageId),
)

/** Puts a reaction under a message, or takes it back (''). False where that changes nothing, or a newer one is known. */
export async function putReaction(trx: Trx, mark: Mark): Promise<boolean> {
  const [known] = (await reactionOf(trx, mark)).rows
  if (known && known.at >= mark.at) return false
  await react(trx, mark)
  return changed(trx, mark, known?.value ?? '')
}

/** Notes what a person has chosen. False where that changes nothing, or a newer choice is known. */
export async function putVote(
  trx: Trx,
  { options, ...about }: Omit<Mark, 'value'> & { options: string[] },
): Promise<boolean> {
  const mark = { ...about, value: JSON.stringify(options) }
  const [known] = (await voteOf(trx, mark)).rows
  if (known && known.at >= mark.at) return false
  await vote(trx, mark)
  return changed(trx, mark, known?.value ?? '[]')
}

/** Notes whether a person comes. False where that changes nothing, or a newer answer is known. */
export async function putAnswer(
  trx: Trx,
  { given, ...about }: Omit<Mark, 'value'> & { given: EventAnswer },
): Promise<boolean> {
  const written = ({ answer, guests }: EventAnswer) => JSON.stringify({ answer, guests })
  const mark = { ...about, value: written(given) }
  const [known] = (await answerOf(trx, mark)).rows
  if (known && known.at >= mark.at) return false
  await answer(trx, mark)
  return changed(trx, mark, known?.value ?? written({ answer: null, guests: 0 }))
}

async function changed(trx: Trx, { messageId, value }: Mark, former: string): Promise<boolean> {
  if (value === former) return false
  await flag(trx, { messageId })
  return true
}

/** Removes everything that was put under a message. */
export async function dropMarks(trx: Trx, messageId: number): Promise<void> {
  await trx.deleteFrom('reactions').where('message_id', '=', messageId).execute()
  await trx.deleteFrom('poll_votes').where('message_id', '=', messageId).execute()
  await trx.deleteFrom('event_answers').where('message_id', '=', messageId).execute()
  await trx.updateTable('messages').set({ marked: 0 }).where('id', '=', messageId).execute()
}
