import type { AccountId, CustomerId } from '../../../core/ids.ts'
import type { Selectable } from 'kysely'
import { forgetOptOuts } from '../../sending/queries/consent.ts'
import { refreshSearch } from './customers.ts'
import { rememberMerged } from './merged-ids.ts'
import type { CustomersTable, Trx } from '../../../db/tables.ts'

type Row = Selectable<CustomersTable>

/**
 * Makes one customer of two, and returns which stays and which went: the older one stays, since its id is the one that other
 * systems have known for longer. The addresses are the caller's to set.
 * @throws Error where one of them is not there
 */
export async function mergeCustomerRows(
  trx: Trx,
  accountId: AccountId,
  ids: [number, number],
  at: Date,
): Promise<{ stays: number; goes: number }> {
  const [stays, goes] = await trx
    .selectFrom('customers')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', 'in', ids)
    .orderBy('id')
    .execute()
  if (!stays || !goes) throw new Error('there are no two customers to merge')
  const [from, into] = [goes.id, stays.id]
  for (const table of ['chats', 'conversations', 'appointments', 'tickets', 'leads'] as const) {
    await trx.updateTable(table).set({ customer_id: into }).where('customer_id', '=', from).execute()
  }
  const word = lastWord([stays, goes], await optedOutAt(trx, into))
  // Whoever agreed again after having said no, under the other address, has agreed.
  if (word.accepts_marketing === 1) await forgetOptOuts(trx, accountId, into)
  // Gone first: a number and a LID are one customer's only.
  await trx.deleteFrom('customers').where('id', '=', from).execute()
  await trx
    .updateTable('customers')
    .set({
      ...together(stays, goes),
      ...word,
      updated_at: at.getTime(),
    })
    .where('id', '=', into)
    .execute()
  await refreshSearch(trx, into)
  await rememberMerged(trx, { accountId, kind: 'customer', from, into })
  return { stays: into, goes: from }
}

/** What is entered stays; what is missing comes from the other one; lists are joined. */
function together(a: Row, b: Row): Partial<Row> {
  const newer = (b.last_message_at ?? 0) > (a.last_message_at ?? 0) ? b : a
  const older = newer === a ? b : a
  const tags = [...(JSON.parse(a.tags) as string[]), ...(JSON.parse(b.tags) as string[])]
  const fields = {
    ...(JSON.parse(b.custom_fields) as Record<string, unknown>),
    ...(JSON.parse(a.custom_fields) as Record<string, unknown>),
  }
  const notes = [a.notes, b.notes].filter((text) => text !== null && text !== '')
  return {
    name: a.name ?? b.name,
    push_name: newer.push_name ?? older.push_name,
    phone: a.phone ?? b.phone,
    lid: a.lid ?? b.lid,
    email: a.email ?? b.email,
    company: a.company ?? b.company,
    notes: notes.length === 0 ? (a.notes ?? b.notes) : [...new Set(notes)].join('\n'),
    tags: JSON.stringify([...new Set(tags)]),
    custom_fields: JSON.stringify(fields),
    last_message_at: Math.max(a.last_message_at ?? 0, b.last_message_at ?? 0) || null,
    conversation_count: a.conversation_count + b.conversation_count,
    created_at: Math.min(a.created_at, b.created_at),
  }
}

type Word = Pick<Row, 'accepts_marketing' | 'marketing_said_at'>

/**
 * Of all that was said of advertising the latest counts; of two words of the same moment the no. A yes that was imported with
 * its record does not overrule what the person asked for. Where nobody knows when anything was said, both must have agreed.
 */
function lastWord([a, b]: readonly [Row, Row], optedOut: number | null): Word {
  const no: Word[] = optedOut === null ? [] : [{ accepts_marketing: 0, marketing_said_at: optedOut }]
  const entered = [a, b].filter((word) => optedOut === null || !isImported(word))
  const said = [...entered, ...no].flatMap((word) =>
    word.marketing_said_at === null ? [] : [{ ...word, at: word.marketing_said_at }],
  )
  const [last] = said.toSorted((x, y) => y.at - x.at || x.accepts_marketing - y.accepts_marketing)
  if (last) return { accepts_marketing: last.accepts_marketing, marketing_said_at: last.at }
  const both = a.accepts_marketing === 1 && b.accepts_marketing === 1
  return { accepts_marketing: both ? 1 : 0, marketing_said_at: null }
}

/** Whether the yes came with the making of the record: nobody who entered it knew of a no under the other address. */
function isImported(word: Row): boolean {
  return word.accepts_marketing === 1 && word.marketing_said_at === word.created_at
}

/** When the customer last said no in a chat; null where it never did. */
async function optedOutAt(trx: Trx, customerId: CustomerId): Promise<number | null> {
  const row = await trx
    .selectFrom('chats')
    .innerJoin('bot_chats', 'bot_chats.chat_id', 'chats.id')
    .select((eb) => eb.fn.max<number | null>('bot_chats.opted_out_at').as('at'))
    .where('chats.customer_id', '=', customerId)
    .executeTakeFirst()
  return row?.at ?? null
}
