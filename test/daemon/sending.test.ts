import { expect, test } from 'vitest'
import { account } from '../support/processes.ts'
import { sharedScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

// A pace, so that WhatsApp's limits are obeyed, but as fast as a test wants it, at every hour of the day.
const config = `send:
  pacing:
    gapSeconds: [0, 0]
    chatGapSeconds: 0
    coldGapSeconds: [0, 0]
    coldPerDay: 1000
    coldPerDayAtFirst: 1000
    coldRestAfter: 1000
    coldHours: [0, 24]
`

const phone = (n: number) => `54911123400${String(n).padStart(2, '0')}`
const numbers = (...of: number[]) => of.map(phone)

interface State {
  status: string
  reason: string | null
  queue: { held: { reason: string; until: string | null } | null } | null
}

interface NewChats {
  held: { reason: string; until: string | null } | null
}

const state = async (id: number) => (await daemon.call<State>('GET', `/api/v1/messages/${id}`)).body
const newChats = async () =>
  (await daemon.call<{ newChats: NewChats }>('GET', '/api/v1/status')).body.newChats
const received = async (n: number) => (await sandbox.control.received(phone(n))).messages.length

async function batch(...of: number[]): Promise<{ id: number; messages: number[] }> {
  const body = { to: numbers(...of), message: 'hola' }
  const sent = await daemon.call<{ batchId: number; results: { messageId: number }[] }>(
    'POST',
    '/api/v1/send',
    body,
  )
  return { id: sent.body.batchId, messages: sent.body.results.map(({ messageId }) => messageId) }
}

const { sandbox, daemon } = await sharedScene({
  customers: Array.from({ length: 12 }, (_, n) => phone(n)),
  config,
})

test('a refusal with 463 in mid-batch fails its message, the rest waits as long as WhatsApp says, and answers go on', async () => {
  const endsAt = Math.floor(Date.now() / 1000) * 1000 + 60 * 60_000
  await sandbox.control.setLimits(account, {
    reachoutTimelock: { active: true, endsAt, type: 'BIZ_QUALITY' },
  })
  await sandbox.control.fault({ kind: 'refuse_messages', error: 463, to: phone(1) })
  const { id, messages } = await batch(0, 1, 2)
  await until('the second failed', async () => (await state(messages[1] ?? 0)).status === 'failed')
  expect(await state(messages[1] ?? 0)).toMatchObject({ reason: 'reachout_locked' })
  const until1 = new Date(endsAt).toISOString()
  await until('WhatsApp has said until when', async () => (await newChats()).held?.until === until1)
  expect((await state(messages[2] ?? 0)).queue?.held).toMatchObject({
    reason: 'reachout_locked',
    until: until1,
  })
  const metrics = await fetch(`${daemon.url}/metrics`, { headers: { authorization: `Bearer ${daemon.key}` } })
  const figures = await metrics.text()
  expect(figures).toContain('zaguan_new_chats_held{account="wha_1",reason="reachout_locked"} 1')
  expect(figures).toContain(`zaguan_new_chats_held_until_seconds{account="wha_1"} ${endsAt / 1000}`)
  expect(daemon.log.map(({ msg }) => msg)).toContain('WhatsApp lets the account start no new chats')
  const events = await daemon.call<{ data: object[] }>('GET', '/api/v1/events?after=0&limit=200')
  expect(JSON.stringify(events.body)).toContain(until1)
  await sandbox.control.sendAsCustomer(phone(3), account, 'hola')
  await until('it has come', async () => (await daemon.chat(phone(3))).length === 1)
  await daemon.send(phone(3), 'dime')
  await until('the answer has arrived', async () => (await received(3)) === 1)
  expect([await received(0), await received(1), await received(2)]).toEqual([1, 0, 0])

  // A kill forgets nothing; with the next connection WhatsApp is asked again.
  await daemon.kill()
  await sandbox.control.setLimits(account, { reachoutTimelock: { active: false } })
  await sandbox.control.clearFaults()
  await daemon.start()
  await daemon.connected()
  await until('the third has arrived', async () => (await received(2)) === 1)
  // The phone has it before WhatsApp's word for it is here.
  const batchNow = async () => (await daemon.call<{ waiting: number }>('GET', `/api/v1/batches/${id}`)).body
  await until('none of the batch waits', async () => (await batchNow()).waiting === 0)
  expect(await batchNow()).toMatchObject({ sent: 2, failed: 1 })
  expect([await received(0), await received(1), await received(2)]).toEqual([1, 0, 1])
}, 60_000)

test('a refusal with 475 in mid-batch fails no message, and the rest waits for the next cycle', async () => {
  const cycleEndsAt = Math.floor(Date.now() / 1000) * 1000 + 60 * 60_000
  const cap = { total: 50, used: 50, cycleEndsAt, status: 'CAPPED' }
  await sandbox.control.setLimits(account, { newChatCap: cap })
  await sandbox.control.fault({ kind: 'refuse_messages', error: 475 })
  const { messages } = await batch(5, 6)
  const end = new Date(cycleEndsAt).toISOString()
  await until('WhatsApp has said until when', async () => (await newChats()).held?.until === end)
  for (const id of messages) {
    expect(await state(id)).toMatchObject({
      status: 'queued',
      queue: { held: { reason: 'new_chat_cap', until: end } },
    })
  }
  await sandbox.control.clearFaults()
  await sandbox.control.setLimits(account, { newChatCap: { ...cap, used: 0, status: 'NONE' } })
  await daemon.stop()
  await daemon.start()
  await daemon.connected()
  for (const id of messages) await until('it is out', async () => (await state(id)).status !== 'queued')
  expect([await received(5), await received(6)]).toEqual([1, 1])
}, 60_000)

test('a number that is not on WhatsApp fails at once, and its customer’s word ends advertising', async () => {
  await sandbox.control.markAbsent('5491199999999')
  const id = await daemon.send('5491199999999', 'hola')
  await until('it failed', async () => (await state(id)).reason === 'not_on_whatsapp')
  await sandbox.control.sendAsCustomer(phone(8), account, 'BAJA')
  await until('it is confirmed', async () => (await received(8)) === 1)
  const body = { to: phone(8), message: '2x1', category: 'marketing' }
  expect(await daemon.call('POST', '/api/v1/send', body)).toMatchObject({ status: 422 })
})

test('a template goes out at once, is refused whole where something is missing, and is filled in when its time has come', async () => {
  interface Refusal {
    error: { details: { message: string }[] }
  }
  const words = async (n: number) =>
    (await sandbox.control.received(phone(n))).messages.map(({ text }) => text)
  const texts = { es: '{{customer.name}}: {{what}}' }
  await daemon.call('POST', '/api/v1/templates', { name: 'news', texts })
  await sandbox.control.sendAsCustomer(phone(9), account, 'hola')
  await until('it has come', async () => (await daemon.chat(phone(9))).length === 1)
  const template = { name: 'news', variables: { what: 'listo' } }
  expect((await daemon.call('POST', '/api/v1/send', { to: phone(9), template })).status).toBe(200)
  await until('it has arrived', async () => (await words(9)).includes('C09: listo'))

  // Nothing is known of the other recipient.
  const refused = await daemon.call<Refusal>('POST', '/api/v1/send', { to: numbers(9, 40), template })
  expect(refused.status).toBe(400)
  expect(refused.body.error.details).toMatchObject([{ message: `${phone(40)}: customer.name missing` }])

  const sendAt = new Date(Date.now() + 1500).toISOString()
  const body = { to: numbers(9, 40), template: { name: 'news', variables: { what: 'luego' } }, sendAt }
  const { scheduleId } = (await daemon.call<{ scheduleId: number }>('POST', '/api/v1/send', body)).body
  await daemon.call('PATCH', '/api/v1/templates/news', { texts: { es: 'Para {{customer.name}}: {{what}}' } })
  await daemon.kill()
  await daemon.start()
  await daemon.connected()
  await until('its time has come', async () => (await words(9)).includes('Para C09: luego'))
  expect((await daemon.call('GET', `/api/v1/schedules/${scheduleId}`)).body).toMatchObject({
    status: 'done',
    lastError: `1 not sent: ${phone(40)}: customer.name missing`,
  })
  expect((await daemon.call('GET', `/api/v1/chats/${phone(40)}/messages`)).status).toBe(404)
}, 60_000)
