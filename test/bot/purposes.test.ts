import { afterEach, expect, test } from 'vitest'
import type { Settings } from '../../src/domain/settings.ts'
import type { ChatRequest, ScriptedReply } from '../../src/sandbox/model-server.ts'
import { until } from '../support/until.ts'
import { JumpingClock } from '../support/jumping-clock.ts'
import { customerWords, startBotApp, toolResults } from './support/bot-app.ts'
import type { BotApp } from './support/bot-app.ts'

/** What a customer says, the tools that the model calls upon it, and what it then answers. */
interface Step {
  says: string
  calls: { name: string; arguments: object }[]
  answers: string
}

interface Story {
  name: string
  purpose: Settings['botPurpose']
  steps: Step[]
}

const tool = (name: string, given: object = {}) => ({ name, arguments: given })
const phone = '5491112345678'
const start = '2026-03-30T09:30'

const stories: Story[] = [
  {
    name: 'attend in Spanish',
    purpose: 'attend',
    steps: [
      {
        says: 'Hola, ¿hacen envíos a todo el país?',
        calls: [tool('search_knowledge', { query: 'envios' })],
        answers: 'Sí, enviamos a todo el país en 3 días.',
      },
      {
        says: '¿Y cuánto sale el corte?',
        calls: [tool('get_business_info')],
        answers: 'El corte sale 15 €.',
      },
    ],
  },
  {
    name: 'schedule in Portuguese',
    purpose: 'schedule',
    steps: [
      {
        says: 'Olá, bom dia, vocês têm horário na segunda para um corte?',
        calls: [tool('check_availability', { service: 'corte', date: '2026-03-30' })],
        answers: 'Temos às 9:00, às 9:30 e às 10:00. Qual você prefere?',
      },
      {
        says: 'às 9:30, por favor, obrigado',
        calls: [tool('book_appointment', { service: 'corte', start })],
        answers: 'Pronto, agendei seu corte para o dia 30/03 às 9:30.',
      },
    ],
  },
  {
    name: 'support in English',
    purpose: 'support',
    steps: [
      {
        says: 'Hello, my box is broken, what can you do for me?',
        calls: [
          tool('search_knowledge', { query: 'broken box' }),
          tool('open_ticket', { subject: 'Broken box', description: 'The box is broken' }),
        ],
        answers: "I'm sorry to hear that. I've opened a ticket for you and we will look at it.",
      },
    ],
  },
  {
    name: 'sell in Spanish',
    purpose: 'sell',
    steps: [
      {
        says: 'Hola, ¿tienen champú y cuánto cuesta?',
        calls: [tool('search_products', { query: 'champú' })],
        answers: 'Sí, el champú de romero cuesta 8,50 €.',
      },
      {
        says: 'Me interesan dos, por favor',
        calls: [tool('create_lead', { interest: 'dos champús', product_id: 1 })],
        answers: 'Hemos anotado tu interés en el champú.',
      },
    ],
  },
  {
    name: 'sell in Portuguese',
    purpose: 'sell',
    steps: [
      {
        says: 'Oi, quanto custa o champú para mim, por favor?',
        calls: [tool('search_products', { query: 'champú' })],
        answers: 'O champú custa 8,50 €, você quer um?',
      },
    ],
  },
  {
    name: 'schedule in English',
    purpose: 'schedule',
    steps: [
      {
        says: 'Hi, can you book me for a haircut on Monday at 9:30 please?',
        calls: [tool('book_appointment', { service: 'Corte', start })],
        answers: "You're booked for Monday, March 30 at 9:30.",
      },
      {
        says: 'Sorry, I have to cancel it, please',
        calls: [tool('list_appointments'), tool('cancel_appointment', { appointment_id: 1 })],
        answers: 'Your appointment is cancelled, thank you.',
      },
    ],
  },
]

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

function scripted(steps: readonly Step[]): (request: ChatRequest) => ScriptedReply {
  return (request) => {
    const said = customerWords(request).at(-1)
    const step = steps.find(({ says }) => says === said)
    const call = step?.calls[toolResults(request).length]
    return call ? { calls: [call] } : { text: step?.answers ?? '?' }
  }
}

let app: BotApp
afterEach(() => app.stop())

async function begin(purpose: Settings['botPurpose'], script: (request: ChatRequest) => ScriptedReply) {
  const clock = new JumpingClock(new Date('2026-03-27T10:00:00Z'))
  app = await startBotApp({ script, clock, bot, settings: { botPurpose: purpose } })
  await app.services.assistant.knowledge.put(1, {
    title: 'Envíos',
    body: 'Enviamos a todo el país en 3 días.',
  })
  await app.services.assistant.catalogue.replace(1, [
    { sku: 'CH-1', name: 'Champú de romero', description: '250 ml', price: '8,50 €', stock: 3 },
  ])
  return clock
}

test.each(stories)('a whole conversation: $name', async ({ purpose, steps }) => {
  await begin(purpose, scripted(steps))
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
  const clock = await begin('schedule', scripted(story.steps.slice(0, 1)))
  await app.say(phone, story.steps[0]!.says)
  const { appointments } = app.services.assistant
  const stretch = { from: new Date('2026-03-30T00:00Z'), to: new Date('2026-03-31T00:00Z') }
  const [booked] = await appointments.list(1, stretch)
  expect(booked).toMatchObject({ service: 'Corte', start: new Date(`${start}:00Z`), status: 'booked' })
  const names = await app.store.read.selectFrom('events').select('name').execute()
  expect(names.map(({ name }) => name)).toContain('appointment.booked')
  clock.jump(2 * 24 * 60 * 60_000 + 60_000)
  app.wake()
  await until('reminded', () => app.sentTo(phone).find((text) => text.includes('30/03/2026 09:30')))
  clock.jump(60_000)
  app.wake()
  await app.say(phone, 'ok, thanks for the reminder, you are the best')
  expect(app.sentTo(phone).filter((text) => text.includes('30/03/2026'))).toHaveLength(1)
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
  const row = await app.store.read.selectFrom('customers').select('custom_fields').executeTakeFirstOrThrow()
  expect(JSON.parse(row.custom_fields)).toEqual({ pet_name: 'Toby' })
})

test('a draft that was held back once is written anew, and the good one is sent', async () => {
  let asked = 0
  await begin('attend', () => ({ text: asked++ === 0 ? 'El corte sale 99 €.' : 'El corte sale 15 €.' }))
  const turn = await app.say(phone, '¿cuánto sale el corte?')
  expect(turn.record).toMatchObject({ outcome: 'answered', answer: 'El corte sale 15 €.' })
  expect(turn.record?.blocks).toMatchObject([{ attempt: 1, rule: 'amount', draft: 'El corte sale 99 €.' }])
  expect(app.model.requests[1]?.messages.at(-1)?.content).toContain('EUR:99')
  expect(app.sentTo(phone)).toEqual(['El corte sale 15 €.'])
})

test('the fallback is said once in an hour; after that the chat is handed over in silence', async () => {
  const clock = await begin('attend', () => ({ text: 'El corte sale 99 €.' }))
  expect((await app.say(phone, 'hola, ¿cuánto es?')).record?.outcome).toBe('fallback')
  await app.services.takeover.end((await app.turns(phone))[0]!.chatId)
  clock.jump(10 * 60_000)
  expect((await app.say(phone, '¿y entonces?')).record?.outcome).toBe('handed_over')
  expect(app.sentTo(phone)).toHaveLength(1)
})

test('200 customers want 20 times at once: 20 get one, and no time is given twice', async () => {
  await begin('schedule', () => ({ text: 'x' }))
  const { appointments } = app.services.assistant
  const wide = Array.from({ length: 200 }, (_, index) => `54911${20_000_000 + index}`)
  for (const number of wide) await app.inbound({ phone: number, text: 'turno', origin: 'history' })
  const chats = await app.store.read.selectFrom('chats').select(['id', 'customer_id']).execute()
  // Six times on each of four Mondays, without the holiday; of which twenty are asked for.
  const times = ['2026-03-30', '2026-04-13', '2026-04-20', '2026-04-27']
    .flatMap((date) =>
      ['09:00', '09:30', '10:00', '10:30', '11:00', '11:30'].map((time) => `${date}T${time}`),
    )
    .slice(0, 20)
  const outcomes = await Promise.all(
    chats.map(({ id: chatId, customer_id }, index) =>
      app.store.write((trx) =>
        appointments.book(
          trx,
          { accountId: 1, chatId, customerId: customer_id! },
          { service: 'Corte', start: times[index % 20]! },
        ),
      ),
    ),
  )
  expect(outcomes.filter((outcome) => typeof outcome !== 'string')).toHaveLength(20)
  expect(outcomes.filter((outcome) => outcome === 'not_free')).toHaveLength(180)
  const rows = await app.store.read.selectFrom('appointments').select('starts_at').execute()
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
  expect(await app.store.read.selectFrom('appointments').selectAll().execute()).toHaveLength(1)
})
