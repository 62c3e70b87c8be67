import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { putNumberCheck } from '../../../src/features/sending/queries/number-checks.ts'
import type { Store } from '../../../src/db/store.ts'
import type { Tables } from '../../../src/db/tables.ts'
import { personData } from '../../../src/daemon/person-data.ts'
import { app, caller, juan, send, submit } from '../fixture.ts'

/**
 * The contents of each table: facts of the account alone, which stay when a customer is erased; words of and about customers,
 * which are deleted; or both, whose words are removed. The hashes that recognise an erased customer do not tell who it was.
 */
const rowsOf: Partial<
  Record<keyof Tables | 'knowledge_search' | 'audit', 'account' | 'customer' | 'both' | 'tombstone'>
> = {
  account_limits: 'account',
  accounts: 'account',
  agents: 'account',
  alert_cursors: 'account',
  api_keys: 'account',
  appointments: 'customer',
  audit: 'account',
  batches: 'account',
  bot_blocks: 'account',
  bot_chats: 'customer',
  bot_cursors: 'account',
  bot_transcripts: 'customer',
  bot_turns: 'customer',
  bot_usage: 'customer',
  calendars: 'account',
  chat_jids: 'customer',
  chats: 'customer',
  cold_texts: 'account',
  contact_names: 'customer',
  conversations: 'customer',
  customers: 'customer',
  doubled_people: 'customer',
  early_change_people: 'customer',
  early_changes: 'customer',
  erasure_traces: 'tombstone',
  erasures: 'tombstone',
  events: 'both',
  group_members: 'both',
  groups: 'both',
  knowledge: 'account',
  knowledge_search: 'account',
  leads: 'customer',
  lid_mappings: 'customer',
  media: 'customer',
  media_kept: 'account',
  media_uploads: 'customer',
  merged_ids: 'customer',
  messages: 'customer',
  number_checks: 'customer',
  outbox: 'customer',
  products: 'account',
  schedules: 'both',
  senders: 'customer',
  settings: 'account',
  templates: 'account',
  tickets: 'customer',
  undecrypted: 'customer',
  webhook_cursors: 'account',
  webhook_deliveries: 'both',
  webhook_endpoints: 'account',
  webhook_payloads: 'both',
  webhook_ranges: 'account',
}

const tablesWith = async ({ read }: Store, ...columns: string[]) => {
  const { rows } = await sql<{ name: string }>`
    select distinct t.name from sqlite_master t, pragma_table_info(t.name) c
    where t.type = 'table' and c.name in (${sql.join(columns)}) order by t.name`.execute(read)
  return rows.map(({ name }) => name)
}

async function wholeDatabase({ read }: Store, tables: readonly string[]): Promise<Record<string, string>> {
  const contents: Record<string, string> = {}
  for (const name of tables) {
    contents[name] = JSON.stringify((await sql`select * from ${sql.table(name)}`.execute(read)).rows)
  }
  return contents
}

test('every table that names an account, a chat or a customer says what becomes of its rows', async () => {
  const { store } = await app()
  const columns = ['account_id', 'chat_id', 'customer_id', 'jid', 'phone', 'recipients']
  expect(await tablesWith(store, ...columns)).toEqual(Object.keys(rowsOf))
})

test('every table with rows about customers has one holder, which merges and erases them', async () => {
  const { store } = await app()
  const held = personData.flatMap(({ tables }) => tables)
  expect(held.toSorted()).toEqual([...new Set(held)].toSorted())
  // A new table must be added to the person-data.ts of its feature.
  const named = Object.entries(rowsOf).filter(([, rows]) => rows !== 'account')
  const ofMessages = await tablesWith(store, 'message_id', 'turn_id', 'delivery_id')
  const needed = new Set([...named.map(([name]) => name), ...ofMessages])
  // Digests, and what a check found in a draft of the business itself.
  for (const name of ['cold_texts', 'bot_blocks']) needed.delete(name)
  expect([...needed].filter((name) => !held.some((table) => table === name))).toEqual([])
})

test('an erased customer is in no schedule and no list of numbers any more, and what is for others too goes on', async () => {
  const one = await app()
  const { store, services } = one
  const { schedules, templates } = services.sending
  const ana = '34600111222@s.whatsapp.net'
  await one.inbound({ pushName: 'Juan' })
  await templates.create(1, { name: 'menu', texts: { es: '{{dish}}' } })
  await submit(one, {
    to: [juan, ana],
    template: { name: 'menu', variables: { dish: 'lentejas' } },
  })
  await send(one, 'hola')
  const at = new Date()
  await store.write((trx) => putNumberCheck(trx, 1, '5491112345678', { jid: juan, checkedAt: at }))
  const when = { sendAt: new Date(at.getTime() + 3_600_000).toISOString() }
  const alone = await schedules.create(1, { to: [juan], text: 'solo', when })
  const both = await schedules.create(1, { to: [juan, ana], text: 'ambos', when })
  const { customers } = await services.customers.list(1, { search: 'Juan', limit: 1, offset: 0 })
  const tables = await tablesWith(store, 'account_id')
  const before = await wholeDatabase(store, tables)
  expect(before['schedules']).toContain('5491112345678')

  await services.customers.erase(1, customers[0]?.id ?? 0)

  const after = await wholeDatabase(store, tables)
  const naming = Object.entries(after).filter(([, text]) => text.includes('5491112345678'))
  expect(naming).toEqual([])
  await expect(schedules.get(1, alone.id)).rejects.toMatchObject({ code: 'not_found' })
  expect(await schedules.get(1, both.id)).toMatchObject({ to: [ana], status: 'active' })
  for (const [name, kind] of Object.entries(rowsOf)) {
    if (kind === 'account' && name !== 'accounts') expect(after[name], name).toBe(before[name])
  }
})

test('the schedules of a removed account end, and its templates wait for its return', async () => {
  const one = await app()
  const { schedules, templates } = one.services.sending
  const second = await one.services.accounts.create(caller, { phone: '34600999888', name: 'Dos' })
  const when = { sendAt: new Date(Date.now() + 3_600_000).toISOString() }
  const { id } = await schedules.create(second.id, { to: [juan], text: 'hola', when })
  await templates.create(second.id, { name: 'menu', texts: { es: 'hoy' } })
  await one.services.accounts.remove(caller, second.id)
  expect(await schedules.get(second.id, id)).toMatchObject({ status: 'cancelled', nextAt: null })
  expect(await templates.list(second.id, { limit: 5 })).toHaveLength(1)
})
