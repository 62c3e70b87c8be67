import { afterAll, expect, test } from 'vitest'
import { ModelServer } from '../../src/sandbox/model-server.ts'
import { envios, playing, shampoo, storiesOn } from '../features/bot/support/stories.ts'
import type { Story } from '../features/bot/support/stories.ts'
import { account } from '../support/processes.ts'
import { sharedScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
const stories = storiesOn(tomorrow)
const purposes = ['attend', 'schedule', 'support', 'sell'] as const

const model = await new ModelServer(playing(stories)).start()
afterAll(() => model.stop())
const { sandbox, daemon } = await sharedScene({
  env: {
    ZAGUAN_LLM__BASE_URL: model.baseUrl,
    ZAGUAN_LLM__MODEL: 'scripted',
    ZAGUAN_BUSINESS__NAME: 'Peluquería Sol',
    ZAGUAN_BOT__NEW_CHATS: 'true',
    ZAGUAN_BOT__PATIENCE_SECONDS: '0.2',
    ZAGUAN_SCHEDULE__OPENING_HOURS: 'mon-sun 09:00-12:00',
    ZAGUAN_SCHEDULE__SERVICES: 'Corte | 30 | 15 €',
  },
})
await daemon.call('POST', '/api/v1/bot/knowledge', envios)
await daemon.call('PUT', '/api/v1/bot/products', { products: [shampoo] })

interface Turn {
  state: string
  outcome: string | null
  tools: { name: string; ok: boolean }[]
  checks: unknown[]
}

/** Plays a story as a customer with a real session, and returns what came back and the turns as the API shows them. */
async function play(story: Story, number: string): Promise<{ received: string[]; turns: Turn[] }> {
  await sandbox.control.createCustomer(number, { name: story.name })
  const received = async () =>
    (await sandbox.control.received(number, 0, 100)).messages.map(({ text }) => text ?? '')
  for (const [index, { says }] of story.steps.entries()) {
    await sandbox.control.sendAsCustomer(number, account, says)
    await until(`${story.name}: answer ${index + 1}`, async () => (await received()).length > index)
  }
  const { body } = await daemon.call<{ turns: Turn[] }>('GET', `/api/v1/bot/turns?chat=${number}`)
  return { received: await received(), turns: body.turns.toReversed() }
}

test.each(purposes)(
  'a bot with the purpose %s holds whole conversations with tools in three languages, side by side',
  async (purpose) => {
    const set = await daemon.call('POST', '/api/v1/config', { botPurpose: purpose })
    expect(set.status).toBe(200)
    const own = stories.filter((story) => story.purpose === purpose)
    expect(own).toHaveLength(3)
    // The one that cancels names the first appointment.
    const inOrder = own.toSorted(
      (a, b) => Number(b.name.endsWith('English')) - Number(a.name.endsWith('English')),
    )
    const started: Promise<{ received: string[]; turns: Turn[] }>[] = []
    for (const [index, story] of inOrder.entries()) {
      started.push(play(story, `54911${purposes.indexOf(purpose)}000000${index}`))
      if (purpose === 'schedule' && index === 0) await started[0]
    }
    for (const [index, { received, turns }] of (await Promise.all(started)).entries()) {
      const { steps } = inOrder[index]!
      expect(received).toEqual(steps.map(({ answers }) => answers))
      expect(turns.map(({ outcome, checks }) => [outcome, checks])).toEqual(steps.map(() => ['answered', []]))
      expect(turns.flatMap(({ tools }) => tools.map(({ name, ok }) => [name, ok]))).toEqual(
        steps.flatMap(({ calls }) => calls.map(({ name }) => [name, true])),
      )
    }
  },
  30_000,
)

test('what the tools did can be read by API and stands in the event log', async () => {
  const between = `from=${tomorrow}T00:00:00Z&to=${tomorrow}T23:59:59Z`
  const { body: booked } = await daemon.call<{ appointments: { status: string; start: string }[] }>(
    'GET',
    `/api/v1/bot/appointments?${between}`,
  )
  expect(booked.appointments.filter(({ status }) => status === 'booked').map(({ start }) => start)).toEqual([
    `${tomorrow}T10:00:00.000Z`,
    `${tomorrow}T10:30:00.000Z`,
  ])
  const { body: tickets } = await daemon.call<{ tickets: { subject: string }[] }>(
    'GET',
    '/api/v1/bot/tickets',
  )
  expect(tickets.tickets).toHaveLength(3)
  const { body: leads } = await daemon.call<{ leads: unknown[] }>('GET', '/api/v1/bot/leads')
  expect(leads.leads).toHaveLength(2)
  const { body: log } = await daemon.call<{ data: { event: string }[] }>('GET', '/api/v1/events?limit=500')
  const count = (name: string) => log.data.filter(({ event }) => event === name).length
  expect({
    booked: count('appointment.booked'),
    cancelled: count('appointment.cancelled'),
    tickets: count('ticket.created'),
    leads: count('lead.created'),
  }).toEqual({ booked: 3, cancelled: 1, tickets: 3, leads: 2 })
})
