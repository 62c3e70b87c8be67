import { afterEach, expect, test } from 'vitest'
import { eventsOf, sendNow } from '../fixture.ts'
import { until } from '../../support/until.ts'
import { HttpClient } from '../../support/http-client.ts'
import { JumpingClock } from '../../support/clocks/jumping-clock.ts'
import { customerWords, startBotApp } from './support/bot-app.ts'
import type { BotApp, BotAppOptions } from './support/bot-app.ts'
import { isBotIdle } from '../../support/rows/bot.ts'
import { conversationStatuses } from '../../support/rows/people.ts'
import { countRows } from '../../support/rows/tables.ts'

const juan = '5491112345678'
let app: BotApp
afterEach(() => app.stop())

const echo: BotAppOptions['script'] = (request) => ({
  text: `Entendido: ${customerWords(request).at(-1) ?? 'nada'}`,
})
const start = async (options: Partial<BotAppOptions> = {}) => {
  app = await startBotApp({ script: echo, ...options })
}
const quiet = async () => {
  await until('everything is followed', () => isBotIdle(app.store.read))
}

test('a customer who writes to a new chat is answered once, and the turn says how', async () => {
  await start()
  const turn = await app.say(juan, 'hola, quiero saber de ustedes')
  expect(await until('sent', () => app.sentTo(juan)[0])).toContain('Entendido')
  expect(turn.record).toMatchObject({
    outcome: 'answered',
    reason: null,
    model: 'scripted',
    promptVersion: '3',
  })
  expect(turn.record?.promptHash).toMatch(/^[0-9a-f]{16}$/)
  expect(turn.record?.inputTokens).toBeGreaterThan(50)
  expect(app.sentTo(juan)).toHaveLength(1)
})

test('BOTSSY-05 the bot answers in the account of the test keys as well, and nothing of that leaves', async () => {
  await start()
  const key = { name: 'test', scopes: ['full'], mode: 'test' }
  const made = (await new HttpClient(app.url, app.key).post('/api-management/keys', key)).json as {
    key: string
  }
  const followed = () => countRows(app.store.read, 'bot_cursors')
  await until('the bot follows', async () => (await followed()) === 2)
  const client = new HttpClient(app.url, made.key)
  await client.post('/api/v1/test/messages', { from: juan, text: 'hola, quiero saber de ustedes' })
  await until('answered', async () =>
    (await client.get(`/api/v1/chats/${juan}/messages`)).text.includes('Entendido: hola'),
  )
  expect([app.line.sent, await app.turns()]).toEqual([[], []])
})

test('a burst of messages is one turn, in order', async () => {
  await start({ timing: { quietMs: 150, maxMs: 2000 } })
  for (const text of ['hola', 'quería saber', 'si tienen turno']) await app.inbound({ phone: juan, text })
  await until('answered', () => app.sentTo(juan).length > 0)
  await quiet()
  expect(await app.turns(juan)).toHaveLength(1)
  expect(customerWords(app.model.requests[0]!)).toEqual(['hola', 'quería saber', 'si tienen turno'])
})

test('a newer message aborts the running call, at most twice, and all of it is answered together', async () => {
  let hanging = 0
  await start({
    script: (request, index) => {
      if (index < 2) {
        hanging++
        return { hang: true }
      }
      return echo(request, index)
    },
  })
  await app.inbound({ phone: juan, text: 'primero' })
  await until('the first call', () => hanging === 1)
  await app.inbound({ phone: juan, text: 'segundo' })
  await until('the second call', () => hanging === 2)
  await app.inbound({ phone: juan, text: 'tercero' })
  await until('answered', () => app.sentTo(juan).length === 1)
  const [turn] = await app.turns(juan)
  expect(turn).toMatchObject({ aborts: 2, state: 'done' })
  expect(customerWords(app.model.requests[2]!)).toEqual(['primero', 'segundo', 'tercero'])
})

test('new chats are left alone while botNewChats is off, and answered once it is switched on', async () => {
  await start({ settings: { botNewChats: false } })
  await app.inbound({ phone: juan, text: 'hola' })
  await quiet()
  await app.services.chats.update(1, juan, { botEnabled: true })
  await app.say(juan, '¿y ahora?')
  await until('answered', () => app.sentTo(juan).length === 1)
  expect(app.model.requests).toHaveLength(1)
  expect(await app.turns(juan)).toHaveLength(1)
})

test('history, groups and untouchable chats are never answered', async () => {
  await start()
  await app.inbound({ phone: '5491100000001', text: 'vieja', origin: 'history' })
  await app.inbound({ group: '120363000000000001@g.us', participant: 'x@lid', text: 'en grupo' })
  await app.inbound({ phone: '5491100000002', text: 'uno', sentAt: new Date(0) })
  await app.services.chats.update(1, '5491100000002', { untouchable: true, botEnabled: true })
  await app.inbound({ phone: '5491100000002', text: 'dos' })
  await app.say(juan, 'hola a todos')
  await quiet()
  expect(app.model.requests).toHaveLength(1)
  await until('it is out', () => app.line.sent.length > 0)
  expect(app.line.sent.map(({ jid }) => jid)).toEqual([`${juan}@s.whatsapp.net`])
})

test('a message older than ten minutes is not answered, and the turn says why', async () => {
  await start()
  await app.inbound({
    phone: juan,
    text: 'hola?',
    sentAt: new Date(Date.now() - 11 * 60_000),
    origin: 'offline',
  })
  const [turn] = await until('noticed', async () => {
    const turns = await app.turns(juan)
    return turns.length > 0 && turns
  })
  expect(turn?.record).toMatchObject({ outcome: 'declined', reason: 'too_old' })
  expect(app.model.requests).toHaveLength(0)
})

test('no customer is answered in quiet hours, and the bot says until when', async () => {
  const clock = new JumpingClock(new Date('2026-03-25T23:00:00Z'))
  await start({ clock, bot: { quietHours: '22:00-08:00' } })
  await app.inbound({ phone: juan, text: 'hola' })
  const [turn] = await until('noticed', async () => {
    const turns = await app.turns(juan)
    return turns.length > 0 && turns
  })
  expect(turn?.record?.reason).toBe('quiet_hours')
  const verdict = await app.services.assistant.botAdmin.verdict(1, `${juan}@s.whatsapp.net`)
  expect(verdict).toEqual({ answer: false, reason: 'quiet_hours', until: new Date('2026-03-26T08:00:00Z') })
  clock.jump(9.5 * 60 * 60_000)
  await app.say(juan, 'buenos días')
  expect(app.model.requests).toHaveLength(1)
})

test('a person on the phone silences the bot at once, and it comes back after two hours of silence', async () => {
  const clock = new JumpingClock()
  await start({ clock })
  await app.say(juan, 'hola')
  // An answer that still waits would be withdrawn.
  await until('it is out', () => app.sentTo(juan).length === 1)
  await app.inbound({ phone: juan, fromMe: true, text: 'te atiendo yo' })
  await app.inbound({ phone: juan, text: 'gracias' })
  await quiet()
  const status = async () => (await conversationStatuses(app.store.read))[0]
  expect(await status()).toBe('pending')
  clock.jump(90 * 60_000)
  await app.inbound({ phone: juan, fromMe: true, text: '¿algo más?' })
  clock.jump(90 * 60_000)
  await app.inbound({ phone: juan, text: 'sí, una cosa' })
  await quiet()
  expect(app.model.requests).toHaveLength(1)
  clock.jump(31 * 60_000)
  app.wake()
  await until('given back', async () => (await status()) === 'in_progress')
  await app.say(juan, '¿siguen ahí?')
  await until('answered', () => app.sentTo(juan).length === 2)
  const request = JSON.stringify(app.model.requests[1])
  expect(request).toContain('te atiendo yo')
  const names = (await eventsOf(app)).map(({ name }) => name)
  expect(names.filter((name) => name.startsWith('operator.'))).toEqual(['operator.joined', 'operator.left'])
})

test('a person who writes while the model thinks is not talked over', async () => {
  let asked = false
  await start({
    script: async (request, index) => {
      asked = true
      return { ...(await echo(request, index)), delayMs: 300 }
    },
  })
  await app.inbound({ phone: juan, text: 'hola' })
  await until('asked', () => asked)
  await app.inbound({ phone: juan, fromMe: true, text: 'ya estoy' })
  const [turn] = await until('ended', async () => {
    const turns = await app.turns(juan)
    return turns[0]?.state === 'done' && turns
  })
  expect(turn?.record).toMatchObject({ outcome: 'declined', reason: 'human' })
  expect(app.sentTo(juan)).toEqual([])
})

test.each([
  ['quiero hablar con una persona por favor', 'Claro, te atenderá una persona del equipo en cuanto pueda.'],
  [
    'quero falar com um atendente, por favor',
    'Claro, uma pessoa da equipe vai atender você assim que puder.',
  ],
  [
    'can I speak to a human please?',
    'Of course, a person from the team will take care of you as soon as possible.',
  ],
])('%j hands over without asking the model', async (text, answer) => {
  await start()
  await app.say(juan, text)
  await until('answered', () => app.sentTo(juan).length === 1)
  await app.inbound({ phone: juan, text: '¿hola?' })
  await quiet()
  expect(app.sentTo(juan)).toEqual([answer])
  expect(app.model.requests).toHaveLength(0)
  expect((await eventsOf(app)).map(({ name }) => name)).toEqual(
    expect.arrayContaining(['bot.handed_over', 'operator.joined']),
  )
})

test.each(['BAJA', 'stop', 'Sair.'])(
  '%j is an opt-out that is confirmed once, and then followed by silence',
  async (word) => {
    await start()
    await app.say(juan, word)
    await until('confirmed', () => app.sentTo(juan).length === 1)
    await app.inbound({ phone: juan, text: 'hola, una pregunta' })
    await quiet()
    expect(app.sentTo(juan)).toHaveLength(1)
    expect(app.model.requests).toHaveLength(0)
    expect((await app.turns(juan))[0]?.record?.reason).toBe('opted_out')
  },
)

test('a customer who asks the bot for silence gets one word of leave, no advertising, and no further answer', async () => {
  await start({
    script: (request) =>
      request.messages.some(({ role }) => role === 'tool')
        ? { text: 'De acuerdo, no te escribo más.' }
        : { calls: [{ name: 'opt_out', arguments: {} }] },
  })
  await app.say(juan, 'no quiero que me escriban nunca más con estas cosas')
  await until('leave is taken', () => app.sentTo(juan).length === 1)
  const [customer] = (await app.services.customers.list(1, { limit: 1, offset: 0 })).customers
  expect(customer?.acceptsMarketing).toBe(false)
  const requests = app.model.requests.length
  await app.inbound({ phone: juan, text: 'hola otra vez' })
  await quiet()
  expect(app.sentTo(juan)).toEqual(['De acuerdo, no te escribo más.'])
  expect(app.model.requests).toHaveLength(requests)
  const to = [`${juan}@s.whatsapp.net`]
  const [advert] = await sendNow(app, { to, text: 'Hoy 2x1', category: 'marketing' })
  expect(advert).toMatchObject({ status: 'rejected', error: expect.stringContaining('has opted out') })
})

test('a voice note and a picture are handed over with a word', async () => {
  await start()
  await app.inbound({ phone: juan, kind: 'audio', text: '' })
  await app.inbound({ phone: '5491100000009', kind: 'image', text: 'is this what you have in the shop?' })
  await until('both', () => app.line.sent.length === 2)
  expect(app.sentTo(juan)[0]).toMatch(/notas de voz/)
  expect(app.sentTo('5491100000009')[0]).toMatch(/cannot see/)
  expect(app.model.requests).toHaveLength(0)
})

test('the answers of a day are counted and come to an end', async () => {
  await start({
    bot: { limits: { chatRepliesPerDay: 2, accountRepliesPerDay: 3, accountTokensPerDay: 1e9 } },
  })
  await app.say(juan, 'una cosa')
  await app.say(juan, 'otra muy distinta')
  expect((await app.say(juan, 'la tercera')).record?.reason).toBe('chat_budget')
  await app.say('5491100000001', 'hola qué tal')
  expect((await app.say('5491100000002', 'buenas')).record?.reason).toBe('account_budget')
  expect(app.line.sent).toHaveLength(3)
})

test('a loop with a bot on the other side ends by itself', async () => {
  let count = 0
  await start({ script: () => ({ text: `Respuesta ${'abcdefghijklmnopqrstuvwxyz'[count++]?.repeat(30)}` }) })
  for (let index = 0; index < 12; index++)
    await app.say(juan, `respuesta automática ${index}`).catch(() => undefined)
  expect(app.sentTo(juan).length).toBe(10)
  const [turn] = await app.turns(juan)
  expect(['loop', 'human']).toContain(turn?.record?.reason)
})

test('BOTON-36 an instruction opens the conversation; BOTON-37 with a message it only stays', async () => {
  await start({
    settings: { botNewChats: false },
    script: () => ({ text: 'Hola, ¿te viene bien un turno esta semana?' }),
  })
  const jid = `${juan}@s.whatsapp.net`
  const other = '5491100000005@s.whatsapp.net'
  await sendNow(app, { to: [jid], instruction: 'Ofrece turno' })
  await until('opened', () => app.sentTo(juan).length === 1)
  expect(app.sentTo(juan)).toEqual(['Hola, ¿te viene bien un turno esta semana?'])
  expect(app.model.requests[0]?.messages[0]?.content).toContain('Ofrece turno')
  await sendNow(app, { to: [other], text: 'Tal cual', instruction: 'Sigue tú' })
  await until('sent', () => app.sentTo('5491100000005').length === 1)
  await quiet()
  expect(app.sentTo('5491100000005')).toEqual(['Tal cual'])
  await app.services.chats.update(1, juan, { untouchable: true })
  const [refused] = await sendNow(app, { to: [jid], instruction: 'Otra vez' })
  expect(refused).toMatchObject({
    status: 'rejected',
    messageId: null,
    error: expect.stringContaining('untouchable'),
  })
})

test('a long answer goes out in at most three messages, cut at sentences', async () => {
  const sentence = (n: number) =>
    `Esta es la frase que explica el punto ${'uno dos tres cuatro cinco seis'.split(' ')[n]} con todo detalle para que se entienda bien.`
  const text = [0, 1, 2, 3, 4, 5]
    .map((n) => `${sentence(n)} ${sentence(n).replace('explica', 'aclara')}`)
    .join(' ')
  await start({ script: () => ({ text }) })
  await app.say(juan, 'hola, explícame todo')
  await until('sent', () => app.sentTo(juan).length === 3)
  expect(app.sentTo(juan).join(' ')).toBe(text)
  for (const part of app.sentTo(juan)) expect(part.endsWith('.')).toBe(true)
})

test('nothing of one customer is in the prompt of another', async () => {
  await start()
  await app.say(juan, 'mi clave es zanahoria azul')
  await app.say('5491100000007', 'hola, ¿qué sabes de mí?')
  expect(JSON.stringify(app.model.requests[1])).not.toContain('zanahoria')
})
