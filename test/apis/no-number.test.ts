import { afterAll, beforeAll, expect, test } from 'vitest'
import { webhookFormats } from '../../src/daemon/apis.ts'
import { makeBody } from '../../src/features/webhooks/format.ts'
import { loadEventFacts } from '../../src/features/webhooks/event-facts.ts'
import { makeLogger } from '../../src/util/logger.ts'
import { eventsOf, incomingChange } from '../features/fixture.ts'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { ApiDocument } from '../support/openapi-document.ts'
import { fillAccount } from './everything.ts'
import type { Everything } from './everything.ts'

/** A customer and members of a group without known numbers; one even without a name. */
const lid = '77700011122233@lid'
const member = '77700011122244@lid'
const stranger = '77700011122255@lid'
const group = '120363000000000001@g.us'
const anyLid = /777000111222\d\d/

const dayMs = 86_400_000
const iso = (days: number) => new Date(Date.now() + days * dayMs).toISOString()
const period = new URLSearchParams({ from: iso(-1), to: iso(3) }).toString()

let app: TestApp
let client: HttpClient
let everything: Everything
const logged: string[] = []

beforeAll(async () => {
  const log = await makeLogger(
    { level: 'trace', format: 'json' },
    {
      write: (line) => {
        logged.push(line)
      },
    },
  )
  app = await startTestApp({ log, keepFormer: true })
  client = new HttpClient(app.url, app.key)
  everything = await fillAccount(app, client, { lid, pushName: null })
  await live()
})
afterAll(() => app.stop())

/** The customer and the members of the group do what people do. */
async function live(): Promise<void> {
  const chat = { kind: 'person', phone: null, lid, group: null } as const
  const inGroup = { kind: 'group', phone: null, lid: null, group } as const
  const target = { waId: 'IN ANSWER', fromMe: false, participant: null }
  await app.inbound({ lid, pushName: null, text: 'hola', waId: target.waId })
  for (const [index, participant] of [member, stranger].entries()) {
    const details = { mentions: [lid, stranger] }
    const text = '¿vienen @77700011122233 y @77700011122255?'
    const pushName = participant === member ? 'Eva' : null
    await app.inbound({ group, participant, pushName, text, details, waId: `GROUP ${index}` })
  }
  const quote = {
    waId: 'GROUP 0',
    fromMe: false,
    participant: member,
    kind: 'text' as const,
    text: '¿vienen @77700011122255?',
  }
  await app.inbound({ group, participant: stranger, pushName: null, details: { quote }, waId: 'QUOTING' })
  const at = new Date()
  const { inbox } = app.services
  await inbox.messages(1, [
    incomingChange({ kind: 'reaction', target, emoji: '👍' }, { chat, waId: 'R', at }),
    incomingChange({ kind: 'edit', target, text: 'hola, ¿hay turno?' }, { chat, waId: 'E', at }),
    incomingChange(
      {
        kind: 'edit',
        target: { waId: 'GROUP 0', fromMe: false, participant: member },
        text: '¡vengan @77700011122255!',
      },
      { chat: inGroup, by: [member], waId: 'EG', at },
    ),
    incomingChange({ kind: 'delete', target }, { chat, waId: 'D', at }),
  ])
  await app.inbound({ lid, pushName: null, text: 'BAJA' })
  for (const takeover of [true, false]) await client.patch('/api/v1/conversations/1', { takeover })
  await client.post('/api/v1/send', { to: lid, message: 'oferta', category: 'marketing' })
  const template = { name: 'hello', texts: { es: 'Hola {{customer.name}}' } }
  await client.post('/api/v1/templates', template)
  app.line.state = { kind: 'starting' }
  await client.post('/api/v1/send', { to: lid, template: { name: template.name } })
  await client.patch('/api/v1/conversations/1', { status: 'resolved' })
  await app.services.searchIndexer.catchUp()
}

/** Fields that people read: names, texts, sentences. */
const isRead =
  /^(?!business)(?:\w*[nN]ame|subject|text|content|caption|say|message|summary|description|previous_?[cC]ontent)$/
const isNumber = /[pP]hone/

/** Lists the places where a LID stands for a number or a name, or nothing stands for a name. */
function faultsIn(value: unknown, key = '', path = key): string[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => faultsIn(each, key, `${path}.${index}`))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, each]) => faultsIn(each, name, `${path}.${name}`))
  if (typeof value !== 'string') return []
  const bare = anyLid.test(value.replaceAll(/777000111222\d\d@lid/g, ''))
  const shown = anyLid.test(value) && (isRead.test(key) || isNumber.test(key))
  const nothing = /\b(?:undefined|null|NaN)\b|\[object/.test(value)
  return bare || shown || nothing || (isRead.test(key) && key.endsWith('ame') && value === '')
    ? [`${path}: ${value}`]
    : []
}

test('no answer shows a LID, null or nothing where people read a name or a number', async () => {
  const { operations } = await ApiDocument.of(app.url)
  const reading = operations.filter(({ method, path }) => method === 'get' && !path.endsWith('/stream'))
  const paths = [
    ...reading.map((operation) => everything.addressOf(operation)),
    `/api/v1/bot/appointments?${period}`,
    '/api/v1/search?q=hola',
    '/api/v1/search?q=vienen',
    '/api/v1/events?limit=500',
    `/api/v1/chats/${encodeURIComponent(group)}/messages`,
  ]
  const faults: string[] = []
  const seen: string[] = []
  for (const path of paths) {
    const { json, text, status } = await client.get(path)
    if (anyLid.test(text)) seen.push(path)
    const found = json === undefined && status < 300 && anyLid.test(text) ? [text] : faultsIn(json)
    faults.push(...found.map((fault) => `${path} ${fault}`))
  }
  expect(faults).toEqual([])
  expect(seen).toEqual(
    expect.arrayContaining([
      '/api/v1/chats',
      '/api/v1/customers/1/export',
      '/api/v1/outbox',
      '/api/v1/search?q=hola',
    ]),
  )
})

test('a calendar shows what they have booked', async () => {
  const { json } = await client.post('/api/v1/bot/calendar', {})
  const { text } = await client.get((json as { path: string }).path)
  expect(text).toContain('SUMMARY:Corte\r\n')
  expect(text).not.toMatch(anyLid)
  expect(text).not.toMatch(/null|undefined/)
})

test('no webhook of any format does, either', async () => {
  const faults: string[] = []
  const events = await eventsOf(app)
  for (const event of events) {
    const facts = await loadEventFacts(app.store.read, event)
    for (const [format, writer] of Object.entries(webhookFormats)) {
      const found = faultsIn(JSON.parse(makeBody(writer, facts)))
      faults.push(...found.map((fault) => `${format} ${event.name} ${fault}`))
    }
  }
  expect(faults).toEqual([])
  expect(new Set(events.map(({ name }) => name)).size).toBeGreaterThan(9)
})

test('no log line and no metric tells a LID', async () => {
  expect(logged.filter((line) => anyLid.test(line))).toEqual([])
  expect((await client.get('/metrics')).text).not.toMatch(anyLid)
})
