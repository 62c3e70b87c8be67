import { expect } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { jpeg } from '../support/files.ts'
import type { HttpClient, Reply } from '../support/http-client.ts'
import type { NamedOperation } from '../support/openapi-document.ts'

export const juan = '5491162328014'
const group = '120363000000000001@g.us'

/** An account that has one of everything, and how each operation of the document is asked about it. */
export interface Everything {
  addressOf(operation: NamedOperation): string
  /** Asks as the example of the document does, so that the answer is about the row and not about the body. */
  ask(client: HttpClient, operation: NamedOperation, headers?: Record<string, string>): Promise<Reply>
}

/** Gives account 1 a row of every kind that an address may name; `customer` is the one who wrote to it. */
export async function fillAccount(
  app: TestApp,
  owner: HttpClient,
  customer: Parameters<TestApp['inbound']>[0] = { phone: juan },
): Promise<Everything> {
  const who = customer.lid ?? juan
  const put = async (path: string, body: unknown) => {
    const { status, json, text } = await owner.post(path, body)
    expect([path, status < 300, text]).toEqual([path, true, text])
    return (json as { id?: number }).id
  }
  await app.inbound(customer)
  const headers = { 'content-type': 'application/octet-stream' }
  await owner.ask('/api/v1/media', { method: 'POST', raw: jpeg, headers })
  await put('/api/v1/templates', { name: 'order-ready', texts: { es: 'Listo' } })
  await put('/api/v1/send', { to: [who, '5491155550001'], message: 'a los dos' })
  const sendAt = new Date(Date.now() + 86_400_000).toISOString()
  await put('/api/v1/schedules', { to: [who], message: 'mañana', sendAt })
  const url = 'https://93.184.215.14/hook'
  await put('/api-management/webhooks', { name: 'CRM', url, events: ['message.sent'] })
  const agent = await put('/api/v1/agents', { name: 'Ventas', description: 'x' })
  await put('/api/v1/bot/knowledge', { title: 'Envíos', body: 'En tres días.' })
  await addGroup(app)
  await addDeskRows(app)

  // Everything has the id 1, or one of these names.
  const own: Record<string, string> = { jid: who, id: '1', name: 'order-ready' }
  const addressOf = ({ path }: NamedOperation) => {
    const named = path
      .replace('accounts/{id}', 'accounts/wha_1')
      .replace('agents/{id}', `agents/${agent}`)
      .replace('groups/{jid}', `groups/${group}`)
      // The first one came in.
      .replace('messages/{id}/cancel', 'messages/2/cancel')
    return named.replaceAll(/\{(\w+)\}/g, (_, name: string) => own[name] ?? '1')
  }
  return {
    addressOf,
    ask: (client, operation, headers = {}) => {
      const body = operation.requestBody?.content['application/json']?.example ?? {}
      const method = operation.method.toUpperCase()
      const ask = { method, headers, ...(method === 'GET' ? {} : { body }) }
      return client.ask(addressOf(operation), ask)
    },
  }
}

function addGroup({ services }: TestApp): Promise<void> {
  const about = { jid: group, subject: 'Equipo', description: null, disappearsAfter: 0, members: [] }
  const modes = { announce: false, locked: false, onlyAdminsAdd: false, joinApproval: false }
  return services.groups.describe(1, [{ ...about, ...modes, addressing: 'pn' }])
}

/** Adds the bot's notes for operators, and a small picture. */
async function addDeskRows({ store }: TestApp): Promise<void> {
  const about = { account_id: 1, chat_id: 1, customer_id: 1, created_at: 1 }
  await store.write(async (trx) => {
    await trx.updateTable('media').set({ thumbnail: jpeg }).execute()
    const ticket = { ...about, subject: 'No llegó', description: 'x', status: 'open' } as const
    await trx.insertInto('tickets').values(ticket).execute()
    const [starts_at, ends_at] = [Date.now() + 1e8, Date.now() + 1.1e8]
    const times = { starts_at, ends_at, reminder_at: null, reminded_at: null }
    const booked = { ...about, ...times, service: 'Corte', note: null, status: 'booked' } as const
    await trx.insertInto('appointments').values(booked).execute()
  })
}
