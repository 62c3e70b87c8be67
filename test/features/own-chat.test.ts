import { beforeEach, expect, test } from 'vitest'
import { contacts } from '../../src/db/migrations/039-contacts.ts'
import { sql } from 'kysely'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { contradictionsIn } from './consistency.ts'
import { HandClock, app, eventNames, juan, send } from './fixture.ts'

const clock = new HandClock()
/** As the test app is linked. */
const own = { phone: '5491138620812', lid: '100200300@lid' }
let one: TestApp
let api: HttpClient

beforeEach(async () => {
  one = await app({ clock })
  api = new HttpClient(one.url, one.key)
})

const named = (address: { phone?: string; lid?: string }, name: string | null, pushName: string | null) =>
  one.services.inbox.names(1, [
    { chat: { kind: 'person', phone: null, lid: null, group: null, ...address }, name, pushName },
  ])
/** Returns the numbers of chats and customers by each list and count. */
async function counts(): Promise<number[]> {
  const of = async (path: string) => (await api.get(path)).json as Record<string, never>
  const chats = (await of('/api/v1/chats')) as unknown as { total: number; chats: unknown[] }
  const customers = (await of('/api/v1/customers')) as unknown as {
    data: unknown[]
    pagination: { total: number }
  }
  const analytics = (await of('/api/v1/analytics/overview')) as unknown as { totalCustomers: number }
  return [
    chats.total,
    chats.chats.length,
    customers.pagination.total,
    customers.data.length,
    analytics.totalCustomers,
  ]
}

test('the account is neither a chat nor a customer of its own, by whichever address it is named', async () => {
  await named({ phone: own.phone }, null, 'Mi Negocio')
  await named({ lid: own.lid }, null, 'Mi Negocio')
  await named(own, 'Yo', null)
  await named({ phone: '541138620812' }, 'Yo', null)
  await one.services.inbox.mappings(1, [own], clock.now())
  expect(await counts()).toEqual([0, 0, 0, 0, 0])
  await one.inbound({ phone: '5491112345678' })
  expect(await counts()).toEqual([1, 1, 1, 1, 1])
  const made = await api.post('/api/v1/customers', { phone: `+${own.phone}`, name: 'Yo' })
  expect(made.status).toBe(409)
})

test('a note to oneself is kept and can be read, and appears in no list and at no customer', async () => {
  await one.inbound({ ...own, fromMe: true, text: 'comprar harina' })
  await one.inbound({ phone: own.phone, lid: own.lid, fromMe: true, text: 'y huevos' })
  expect(await counts()).toEqual([0, 0, 0, 0, 0])
  for (const address of [own.phone, own.lid]) {
    const { messages } = (await api.get(`/api/v1/chats/${address}/messages`)).json as { messages: unknown[] }
    expect(messages).toMatchObject([{ text: 'comprar harina' }, { text: 'y huevos' }])
  }
  await send(one, 'recordatorio', `${own.phone}@s.whatsapp.net`)
  expect(await eventNames(one)).not.toContain('customer.created')
  expect(await contradictionsIn(one.store)).toEqual([])
})

test('names of the address book are those of group members and of people to whom the API writes', async () => {
  await named({ phone: '5491112345678', lid: '123456789012345@lid' }, 'Juan Dentista', null)
  await send(one, 'hola')
  expect((await one.services.chats.get(1, juan)).name).toBe('Juan Dentista')
  await named({ phone: '5491155550001' }, 'Ana', null)
  await one.inbound({ lid: '5550001@lid', pushName: 'anita' })
  await one.services.inbox.mappings(1, [{ lid: '5550001@lid', phone: '5491155550001' }], clock.now())
  expect((await one.services.chats.get(1, '5550001@lid')).name).toBe('Ana')
})

test('rows that an older version made of the address book and of the account itself go, and nothing else', async () => {
  const { store, services } = one
  await one.inbound({ phone: '5491112345678' })
  clock.advance(1000)
  await services.customers.create(1, { phone: '5491155550002', name: 'A mano' })
  const at = clock.now().getTime()
  await store.write(async (trx) => {
    const person = async (phone: string, lid: string | null, count: number) => {
      const { id } = await trx
        .insertInto('customers')
        .values({ account_id: 1, phone, lid, name: `Contacto ${phone}`, created_at: at, updated_at: at })
        .returning('id')
        .executeTakeFirstOrThrow()
      const jid = `${phone}@s.whatsapp.net`
      const chat = await trx
        .insertInto('chats')
        .values({
          account_id: 1,
          kind: 'person',
          jid,
          phone,
          lid,
          customer_id: id,
          message_count: count,
          created_at: at,
        } as never)
        .returning('id')
        .executeTakeFirstOrThrow()
      await trx.insertInto('chat_jids').values({ account_id: 1, jid, chat_id: chat.id }).execute()
    }
    await person('5491155550003', null, 0)
    await person('5491155550004', null, 0)
    await person(own.phone, own.lid, 0)
    await sql`update customers set notes = 'paga tarde' where phone = '5491155550004'`.execute(trx)
    await sql`drop table contact_names`.execute(trx)
    await sql`alter table chats drop column own`.execute(trx)
    await contacts.up(trx as never)
    await sql`alter table contact_names add column username text`.execute(trx)
  })
  const { customers } = await services.customers.list(1, { offset: 0, limit: 10 })
  const phones = customers.map(({ phone }) => phone ?? '').toSorted((a, b) => a.localeCompare(b))
  expect(phones).toEqual(['5491112345678', '5491155550002', '5491155550004'])
  expect((await counts())[0]).toBe(2)
  await one.inbound({ phone: '5491155550003', pushName: 'x' })
  expect((await services.chats.get(1, '5491155550003')).name).toBe('Contacto 5491155550003')
})
