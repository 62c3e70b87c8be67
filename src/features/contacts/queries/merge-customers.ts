import type { Selectable } from 'kysely'
import { rowsOfMerge } from '../../../core/person-data.ts'
import type { Merging } from '../../../core/person-data.ts'
import { findLastOptOut, forgetOptOuts } from './consent.ts'
import { refreshSearch } from './customers.ts'
import type { CustomersTable, Trx } from '../../../db/tables.ts'

type Row = Selectable<CustomersTable>

/**
 * Makes one row of two customers whose chats are together already. The addresses are the caller's to set.
 * @throws Error where one of them is not there
 */
export async function mergeCustomerRows(trx: Trx, merging: Merging): Promise<void> {
  const { accountId, from, into, at } = merging
  const rows = await trx
    .selectFrom('customers')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', 'in', [from, into])
    .execute()
  const { stays, goes } = rowsOfMerge(rows, merging)
  const word = lastWord([stays, goes], await findLastOptOut(trx, into))
  // A person who opted in again under the other address has consented.
  if (word.accepts_marketing === 1) await forgetOptOuts(trx, accountId, into)
  // Deleted first: a number and a LID belong to one customer only.
  await trx.deleteFrom('customers').where('id', '=', from).execute()
  await trx
    .updateTable('customers')
    .set({ ...together(stays, goes), ...word, updated_at: at.getTime() })
    .where('id', '=', into)
    .execute()
  await refreshSearch(trx, into)
}

/** Builds the merged row: entered values stay, missing ones come from the other row, lists are joined. */
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
    username: newer.username ?? older.username,
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
 * Determines the consent: the latest statement counts; of two at the same moment the no. A yes imported with its
 * record does not overrule the person's no. Without known times, both must have consented.
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

/** Tells whether the yes was entered with the record, by a person who did not know of a no under the other address. */
function isImported(word: Row): boolean {
  return word.accepts_marketing === 1 && word.marketing_said_at === word.created_at
}
