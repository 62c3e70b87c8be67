import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BotssyExport } from '../../../src/apis/botssy/customers/export-schema.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { keyWith } from '../access/keys.ts'
import { rowsOf } from '../../support/rows/tables.ts'

const phone = '5491112345678'
const jid = `${phone}@s.whatsapp.net`
const other = '34600111222@s.whatsapp.net'
const group = '120363000000000001@g.us'

/** Every table that names people or their messages, with a word of it in the export or the reason why it is left out. */
const tables: Record<string, { shows: string } | { leftOut: string }> = {
  accounts: { leftOut: 'the business itself' },
  appointments: { shows: 'nota-de-turno' },
  audit: { leftOut: 'what the people of the business did' },
  bot_blocks: { shows: 'borrador-retenido' },
  bot_chats: { shows: 'resumen-de-bot' },
  bot_tool_calls: { shows: 'argumento-de-herramienta' },
  bot_transcripts: { shows: 'voz-transcrita' },
  bot_turns: { shows: 'respuesta-del-bot' },
  bot_usage: { leftOut: 'sums for the limits of a day' },
  chat_jids: { shows: jid },
  chats: { shows: 'instruccion-del-chat' },
  cold_texts: { leftOut: 'digests of what the business wrote' },
  contact_names: { shows: 'nombre-de-agenda' },
  conversations: { shows: '"userPhone"' },
  customers: { shows: 'nota-del-cliente' },
  doubled_people: { leftOut: 'a list of work: numbers of customers' },
  early_change_people: { leftOut: 'changes whose message is not there, for some days' },
  early_changes: { leftOut: 'changes whose message is not there, for some days' },
  erasures: { leftOut: 'hashes of people who were erased' },
  event_answers: { shows: 'asiste-al-evento' },
  events: { leftOut: 'a log of what the rows say, kept for webhooks.retentionDays' },
  group_members: { shows: '"role":"admin"' },
  groups: { shows: 'grupo-del-cliente' },
  key_uploads: { leftOut: 'of API keys' },
  leads: { shows: 'interes-de-compra' },
  lid_mappings: { shows: '123456789012345@lid' },
  media: { shows: 'archivo-del-cliente.pdf' },
  media_uploads: { leftOut: 'where WhatsApp has files of the business' },
  merged_ids: { leftOut: 'numbers of rows' },
  messages: { shows: 'texto-del-mensaje' },
  number_checks: { leftOut: 'whether WhatsApp knows a number, asked anew after some days' },
  outbox: { leftOut: 'the status of messages says it' },
  poll_votes: { shows: 'opcion-votada' },
  reactions: { shows: '🦩' },
  revisions: { shows: 'texto-anterior' },
  schedules: { shows: 'texto-programado' },
  senders: { shows: 'apodo-en-grupos' },
  tickets: { shows: 'descripcion-del-reclamo' },
  undecrypted: { leftOut: 'the kind of messages says it' },
  webhook_deliveries: { leftOut: 'a log of what the rows say, kept for webhooks.retentionDays' },
}

const naming = [
  'chat_id',
  'customer_id',
  'message_id',
  'media_id',
  'turn_id',
  'old_id',
  'jid',
  'other_jid',
  'lid',
  'phone',
  'participant',
  'person',
  'sender',
  'recipients',
  'address',
]

let app: TestApp
let owner: HttpClient
let customerId: number

beforeAll(async () => {
  app = await startTestApp({ keepFormer: true })
  owner = new HttpClient(app.url, app.key)
  await app.services.inbox.mappings(1, [{ lid: '123456789012345@lid', phone }], new Date())
  await app.inbound({ phone, pushName: 'Juan', text: 'texto-del-mensaje', waId: 'A1' })
  await app.inbound({ phone: '34600111222', pushName: 'Ana', text: 'palabra-ajena' })
  await app.inbound({ group, participant: jid, pushName: 'Juan', text: 'escrito-en-grupo', waId: 'G1' })
  await app.inbound({ group, participant: other, pushName: 'Ana', text: 'ajeno-en-grupo', waId: 'G2' })
  const { json } = await owner.get('/api/v1/customers?search=Juan')
  customerId = (json as { data: { id: number }[] }).data[0]?.id ?? 0
  await owner.patch(`/api/v1/customers/${customerId}`, { notes: 'nota-del-cliente', acceptsMarketing: true })
  const sendAt = new Date(Date.now() + 86_400_000).toISOString()
  await owner.post('/api/v1/schedules', { to: [jid, other], message: 'texto-programado', sendAt })
  await fill()
})
afterAll(() => app.stop())

/** Rows that otherwise come from a model, a phone or the passing of time. */
async function fill(): Promise<void> {
  await app.store.write(async (trx) => {
    const chat = (await rowsOf(trx, 'chats')).find((row) => row.customer_id === customerId)!
    const rows = await rowsOf(trx, 'messages')
    const messageOf = (waId: string) => rows.find((row) => row.wa_id === waId)?.id ?? 0
    const [own, theirs] = [messageOf('A1'), messageOf('G2')]
    const about = { account_id: 1, chat_id: chat.id, customer_id: customerId, created_at: 1 }
    const time = { starts_at: 1000, ends_at: 2000, reminder_at: null, reminded_at: null }
    await trx
      .updateTable('chats')
      .set({ instruction: 'instruccion-del-chat' })
      .where('id', '=', chat.id)
      .execute()
    await trx
      .insertInto('bot_chats')
      .values({ chat_id: chat.id, account_id: 1, summary: 'resumen-de-bot' })
      .onConflict((c) => c.column('chat_id').doUpdateSet({ summary: 'resumen-de-bot' }))
      .execute()
    await trx
      .insertInto('appointments')
      .values({ ...about, ...time, service: 'Corte', note: 'nota-de-turno', status: 'cancelled' })
      .execute()
    await trx
      .insertInto('tickets')
      .values({ ...about, subject: 'x', description: 'descripcion-del-reclamo', status: 'closed' })
      .execute()
    await trx
      .insertInto('leads')
      .values({ ...about, product_id: null, interest: 'interes-de-compra' })
      .execute()
    const turn = {
      account_id: 1,
      chat_id: chat.id,
      kind: 'reply',
      state: 'done',
      outcome: 'answered',
    } as const
    const { id: turnId } = await trx
      .insertInto('bot_turns')
      .values({ ...turn, opened_at: 1, due_at: 1, answer: 'respuesta-del-bot' })
      .returning('id')
      .executeTakeFirstOrThrow()
    const call = { turn_id: turnId, idx: 0, name: 'x', nth: 1, ok: 1, result: '', created_at: 1 } as const
    await trx
      .insertInto('bot_tool_calls')
      .values({ ...call, arguments: 'argumento-de-herramienta' })
      .execute()
    const block = {
      turn_id: turnId,
      account_id: 1,
      attempt: 1,
      rule: 'leak',
      detail: '',
      created_at: 1,
    } as const
    await trx
      .insertInto('bot_blocks')
      .values({ ...block, draft: 'borrador-retenido' })
      .execute()
    const heard = { message_id: own, account_id: 1, text: 'voz-transcrita', created_at: 1 }
    await trx.insertInto('bot_transcripts').values(heard).execute()
    const former = { message_id: own, wa_id: 'E1', change: 'edit', former_details: null, at: 1 } as const
    await trx
      .insertInto('revisions')
      .values({ ...former, former_text: 'texto-anterior' })
      .execute()
    const mark = { message_id: theirs, person: jid, at: 1 }
    await trx
      .insertInto('reactions')
      .values({ ...mark, emoji: '🦩' })
      .execute()
    await trx
      .insertInto('poll_votes')
      .values({ ...mark, options: '["opcion-votada"]' })
      .execute()
    await trx
      .insertInto('event_answers')
      .values({ ...mark, answer: '{"answer":"asiste-al-evento"}' })
      .execute()
    const modes = { announce: 0, locked: 0, only_admins_add: 0, join_approval: 0, is_member: 1 } as const
    const room = { account_id: 1, jid: group, subject: 'grupo-del-cliente', description: null }
    await trx
      .insertInto('groups')
      .values({ ...room, ...modes, addressing: 'pn', disappears_after: null })
      .onConflict((c) => c.columns(['account_id', 'jid']).doUpdateSet({ subject: room.subject }))
      .execute()
    const member = { account_id: 1, group_jid: group, jid, other_jid: null, role: 'admin' } as const
    await trx.insertInto('group_members').values(member).execute()
    await trx.updateTable('senders').set({ push_name: 'apodo-en-grupos' }).where('jid', '=', jid).execute()
    const contact = { account_id: 1, jid, name: 'nombre-de-agenda', push_name: null }
    await trx
      .insertInto('contact_names')
      .values(contact)
      .onConflict((c) => c.columns(['account_id', 'jid']).doUpdateSet({ name: contact.name }))
      .execute()
    const file = { account_id: 1, status: 'ready', mime_type: 'application/pdf', created_at: 1 } as const
    const { id: mediaId } = await trx
      .insertInto('media')
      .values({ ...file, file_name: 'archivo-del-cliente.pdf' })
      .returning('id')
      .executeTakeFirstOrThrow()
    await trx
      .updateTable('messages')
      .set({ media_id: mediaId, kind: 'document' })
      .where('id', '=', own)
      .execute()
  })
}

const exported = (key = app.key) => owner.get(`/api/v1/customers/${customerId}/export`, { key })

describe('the export of a customer', () => {
  test('has something of every table that names people, or it is known why not', async () => {
    const { rows } = await sql<{ name: string }>`
      select distinct t.name from sqlite_master t, pragma_table_info(t.name) c
      where t.type = 'table' and c.name in (${sql.join(naming)}) order by t.name`.execute(app.store.read)
    // A new table must be added to src/features/insight/customer-export.ts, and then above.
    expect(rows.map(({ name }) => name).filter((name) => !(name in tables))).toEqual([])
    const { text } = await exported()
    for (const [name, what] of Object.entries(tables)) {
      if ('shows' in what) expect(text, name).toContain(what.shows)
    }
  })

  test('is as its schema says, with the words that the person wrote in groups and no other member’s', async () => {
    const { json, text, status } = await exported()
    expect(status).toBe(200)
    expect(BotssyExport.strict().parse(json)).toEqual(json)
    expect(json).toMatchObject({
      consent: { acceptsMarketing: true, saidAt: expect.any(String) as string },
      groupMessages: [{ content: 'escrito-en-grupo' }],
      schedules: [{ to: [jid] }],
    })
    expect(text).not.toMatch(/ajen|34600111222/)
  })

  test('leaves out what people wrote for a key without read:messages, and says so', async () => {
    const { text, json } = await exported(await keyWith(app, ['read:customers']))
    for (const word of [
      'texto',
      'escrito',
      'nota-de-turno',
      'reclamo',
      'interes-de',
      'resumen',
      'respuesta',
      'voz',
    ])
      expect(text).not.toContain(word)
    expect(json).toMatchObject({
      note: expect.stringContaining('read:messages') as string,
      appointments: [{ service: 'Corte', note: null }],
    })
  })

  test('of a long chat has each message once and in order, however many pages it takes', async () => {
    await app.store.write(async (trx) => {
      const { id: _, ...row } = (await rowsOf(trx, 'messages')).find(({ wa_id: waId }) => waId === 'A1')!
      for (let n = 0; n < 1230; n++) {
        // Several of one second, and in another order than their numbers.
        const sent_at = 1_600_000_000_000 + ((n * 7) % 400) * 1000
        const added = {
          ...row,
          wa_id: `L${n}`,
          text: `largo ${n}`,
          media_id: null,
          kind: 'text',
          sent_at,
        } as const
        await trx.insertInto('messages').values(added).execute()
      }
    })
    const { json } = await exported()
    const { messages } = json as { messages: { id: number; timestamp: string; content: string }[] }
    const long = messages.filter(({ content }) => content.startsWith('largo'))
    expect(new Set(long.map(({ content }) => content)).size).toBe(1230)
    expect(long.length).toBe(1230)
    const place = ({ id, timestamp }: { id: number; timestamp: string }) =>
      `${timestamp} ${String(id).padStart(9, '0')}`
    expect(messages.map(place)).toEqual(messages.map(place).toSorted())
  })

  test('of an unknown customer is 404', async () => {
    expect((await owner.get('/api/v1/customers/999/export')).status).toBe(404)
  })
})
