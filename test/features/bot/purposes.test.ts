import { afterEach, expect, test } from 'vitest'
import type { Settings } from '../../../src/core/settings.ts'
import type { ChatRequest, ScriptedReply } from '../../../src/sandbox/model-server.ts'
import { until } from '../../support/until.ts'
import { JumpingClock } from '../../support/clocks/jumping-clock.ts'
import { startBotApp, toolResults } from './support/bot-app.ts'
import type { BotApp } from './support/bot-app.ts'
import { envios, playing, shampoo, storiesOn, tool } from './support/stories.ts'
import { eventsOf } from '../fixture.ts'
import { chatsStored } from '../../support/rows/people.ts'
import { countRows, rowsOf } from '../../support/rows/tables.ts'

const phone = '5491112345678'
const start = '2026-03-30T09:30'
const stories = storiesOn('2026-03-30')

const bot = {
  customerFields: ['pet_name'],
  schedule: {
    timeZone: 'UTC',
    services: [{ name: 'Corte', minutes: 30, price: '15 €' }],
    open: [{ weekday: 1, from: '09:00', to: '12:00' }],
    holidays: ['2026-04-06'],
  },
  reminderMs: 24 * 60 * 60_000,
}

let app: BotApp
afterEach(() => app.stop())

async function begin(purpose: Settings['botPurpose'], script: (request: ChatRequest) => ScriptedReply) {
  const clock = new JumpingClock(new Date('2026-03-27T10:00:00Z'))
  app = await startBotApp({ script, clock, bot, settings: { botPurpose: purpose } })
  await app.services.assistant.knowledge.put(1, envios)
  await app.services.assistant.catalogue.replace(1, [shampoo])
  return clock
}

test.each(stories)('a bot with a purpose holds a whole conversation: $name', async ({ purpose, steps }) => {
  await begin(purpose, playing([{ steps }]))
  for (const [index, step] of steps.entries()) {
    const turn = await app.say(phone, step.says)
    expect(turn.record).toMatchObject({ outcome: 'answered', blocks: [] })
    expect(turn.tools.map(({ name, ok }) => ({ name, ok }))).toEqual(
      step.calls.map(({ name }) => ({ name, ok: true })),
    )
    await until('sent', () => app.sentTo(phone).length === index + 1)
  }
  expect(app.sentTo(phone)).toEqual(steps.map(({ answers }) => answers))
})

test('what the tools did is in the rows and the events', async () => {
  const story = stories.find(({ name }) => name === 'schedule in English')!
  const clock = await begin('schedule', playing([story]))
  await app.say(phone, story.steps[0]!.says)
  const { appointments } = app.services.assistant
  const stretch = { from: new Date('2026-03-30T00:00Z'), to: new Date('2026-03-31T00:00Z') }
  const [booked] = await appointments.list(1, stretch)
  expect(booked).toMatchObject({ service: 'Corte', start: new Date(`${start}:00Z`), status: 'booked' })
  expect((await eventsOf(app)).map(({ name }) => name)).toContain('appointment.booked')
  clock.jump(2 * 24 * 60 * 60_000 + 60_000)
  app.wake()
  const reminder = 'Reminder: Corte, Monday, March 30, 9:30 AM.'
  await until('reminded', () => app.sentTo(phone).includes(reminder))
  clock.jump(60_000)
  app.wake()
  await app.say(phone, 'ok, thanks for the reminder, you are the best')
  expect(app.sentTo(phone).filter((text) => text === reminder)).toHaveLength(1)
})

test('a fact is kept only where the owner allows its name', async () => {
  const fields = ['pet_name', 'is_admin', '__proto__']
  await begin('attend', (request) => {
    const done = toolResults(request).length
    const field = fields[done]
    return field
      ? { calls: [tool('save_customer_field', { field, value: 'Toby' })] }
      : { text: 'Encantado de conocer a Toby.' }
  })
  const turn = await app.say(phone, 'mi perro se llama Toby y es muy bueno')
  expect(turn.tools.map(({ ok }) => ok)).toEqual([true, false, false])
  const [row] = await rowsOf(app.store.read, 'customers')
  expect(JSON.parse(row!.custom_fields)).toEqual({ pet_name: 'Toby' })
})

test('a draft that was held back once is written anew, and the good one is sent', async () => {
  let asked = 0
  await begin('attend', () => ({ text: asked++ === 0 ? 'El corte sale 99 €.' : 'El corte sale 15 €.' }))
  const turn = await app.say(phone, '¿cuánto sale el corte?')
  expect(turn.record).toMatchObject({ outcome: 'answered', answer: 'El corte sale 15 €.' })
  expect(turn.record?.blocks).toMatchObject([{ attempt: 1, rule: 'amount', draft: 'El corte sale 99 €.' }])
  expect(app.model.requests[1]?.messages.at(-1)?.content).toContain('EUR:99')
  await until('it is out', () => app.sentTo(phone).length > 0)
  expect(app.sentTo(phone)).toEqual(['El corte sale 15 €.'])
})

test('the fallback is said once in an hour, and after that the chat is handed over in silence', async () => {
  const clock = await begin('attend', () => ({ text: 'El corte sale 99 €.' }))
  expect((await app.say(phone, 'hola, ¿cuánto es?')).record?.outcome).toBe('fallback')
  await app.services.takeover.end((await app.turns(phone))[0]!.chatId)
  clock.jump(10 * 60_000)
  expect((await app.say(phone, '¿y entonces?')).record?.outcome).toBe('handed_over')
  expect(app.sentTo(phone)).toHaveLength(1)
})

test('of 200 customers who want 20 times at once, 20 get one, and no time is given twice', async () => {
  await begin('schedule', () => ({ text: 'x' }))
  const { appointments } = app.services.assistant
  const wide = Array.from({ length: 200 }, (_, index) => `54911${20_000_000 + index}`)
  for (const number of wide) await app.inbound({ phone: number, text: 'turno', origin: 'history' })
  const chats = await chatsStored(app.store.read)
  // Six times on each of four Mondays, without the holiday; of which twenty are asked for.
  const times = ['2026-03-30', '2026-04-13', '2026-04-20', '2026-04-27']
    .flatMap((date) =>
      ['09:00', '09:30', '10:00', '10:30', '11:00', '11:30'].map((time) => `${date}T${time}`),
    )
    .slice(0, 20)
  const outcomes = await Promise.all(
    chats.map(({ id: chatId, customerId }, index) =>
      app.store.write((trx) =>
        appointments.book(
          trx,
          { accountId: 1, chatId, customerId: customerId! },
          { service: 'Corte', start: times[index % 20]! },
        ),
      ),
    ),
  )
  expect(outcomes.filter((outcome) => typeof outcome !== 'string')).toHaveLength(20)
  expect(outcomes.filter((outcome) => outcome === 'not_free')).toHaveLength(180)
  const rows = await rowsOf(app.store.read, 'appointments')
  expect(new Set(rows.map((row) => row.starts_at)).size).toBe(20)
})

test('a turn that runs again books once', async () => {
  let broken = true
  await begin('schedule', (request) => {
    if (toolResults(request).length === 0)
      return { calls: [tool('book_appointment', { service: 'Corte', start })] }
    return broken ? { hang: true } : { text: "You're booked for March 30 at 9:30." }
  })
  await app.inbound({ phone, text: 'please book me for a haircut at 9:30, can you?' })
  const turn = await until('booked', async () => {
    const [turn] = await app.turns(phone)
    return turn && turn.tools.length === 1 && turn
  })
  broken = false
  // As a restart finds it.
  await app.services.assistant.turns.putBack(turn)
  await app.store.write(async (trx) => {
    await trx.updateTable('bot_turns').set({ due_at: 0, aborts: 1 }).where('id', '=', turn.id).execute()
  })
  const again = await app.services.assistant.turns.claim(turn.id)
  const scene = { purpose: 'schedule', business: { name: '', description: '' } } as const
  const call = {
    name: 'book_appointment',
    arguments: JSON.stringify({ service: 'Corte', start: '2026-03-30T10:00' }),
    nth: 0,
  }
  const result = await app.services.assistant.tools.run(again!, call, scene)
  expect(result).toMatchObject({ ok: true, result: expect.stringContaining(start) })
  expect(await countRows(app.store.read, 'appointments')).toBe(1)
})
