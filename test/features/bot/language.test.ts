import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { phrases } from '../../../src/features/bot/engine/phrases.ts'
import { consentTexts } from '../../../src/features/sending/rules/consent.ts'
import type { ScriptedReply } from '../../../src/sandbox/model-server.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { until } from '../../support/until.ts'
import { startBotApp } from './support/bot-app.ts'
import type { BotApp } from './support/bot-app.ts'

const englishShop = {
  businessDescription:
    'We are a hair salon in the centre of town. We are open every day and you can pay with cards.',
  guardrails: 'Never talk about politics with the customers.',
}
/** A number of a country that speaks none of the three languages. */
let elsewhere = 4_915_110_000_000
let app: BotApp
let reply: ScriptedReply

beforeAll(async () => {
  app = await startBotApp({ script: () => reply, settings: englishShop })
})
afterAll(() => app.stop())
beforeEach(() => {
  reply = { status: 401 }
})

async function phraseFor(text: string, phone = String(++elsewhere)): Promise<string> {
  const before = app.sentTo(phone).length
  await app.say(phone, text)
  return until('it is answered', () => app.sentTo(phone)[before])
}

test.each([
  ['¿Aceptan tarjeta?', 'es'],
  ['Obrigado!', 'pt'],
  ['do you take cards?', 'en'],
] as const)(
  'in a shop described in English, %j gets the words of the product in %s',
  async (text, language) => {
    expect(await phraseFor(text)).toBe(phrases.fallback[language])
  },
)

test('the earlier messages of a customer tell the language where the last one does not', async () => {
  reply = { text: 'Bom dia! Temos, sim. Qual você prefere?' }
  const phone = String(++elsewhere)
  expect(await phraseFor('bom dia, vocês têm horário?', phone)).toBe(reply.text)
  reply = { status: 401 }
  expect(await phraseFor('14:30 👍', phone)).toBe(phrases.fallback.pt)
})

test('the language of the account’s country is used where nothing of the customer tells one', async () => {
  expect(await phraseFor('14:30 👍')).toBe(phrases.fallback.es)
})

test('the model is told the language, and an answer in another one is held back', async () => {
  reply = { text: 'Thank you for your message, we are open every day and you can pay with cards.' }
  const phone = String(++elsewhere)
  const turn = await app.say(phone, '¿Aceptan tarjeta?')
  expect(app.model.requests.at(-1)?.messages[0]?.content).toContain('Answer in Spanish.')
  expect(turn.record?.blocks.map(({ rule }) => rule)).toEqual(['language', 'language'])
  reply = { text: 'Sim, aceitamos.' }
  await app.say(String(++elsewhere), '14:30')
  expect(app.model.requests.at(-1)?.messages[0]?.content).toContain('where it cannot be told, in Spanish.')
})

const ad = { title: 'Corte de verano', body: 'Escríbenos', sourceUrl: '', sourceId: '1', clickId: 'c' }

test('a customer who taps an advertisement without writing is greeted, and the owner hears of a lead', async () => {
  reply = { text: '¡Hola! ¿Te cuento del corte de verano?' }
  const phone = String(++elsewhere)
  await app.inbound({ phone, text: '', details: { ad } })
  expect(await until('the greeting', () => app.sentTo(phone)[0])).toBe(reply.text)
  const words =
    app.model.requests
      .at(-1)
      ?.messages.map(({ content }) => content)
      .join('\n') ?? ''
  expect(words).toContain('Corte de verano')
  expect(words).toContain('has written nothing yet')
  const [lead] = await app.services.assistant.catalogue.leads(1, { limit: 1 })
  expect(lead?.interest).toContain('Corte de verano')
})

/** The product where customers end advertising. */
async function confirmations(
  locale: { language: 'pt' | null; country: string | null } | undefined,
  texts: string[],
) {
  const gateway: TestApp = await startTestApp({ ...(locale ? { locale } : {}), fromFile: englishShop })
  const sent: string[] = []
  for (const text of texts) {
    const phone = String(++elsewhere)
    await gateway.inbound({ phone, text })
    const all = () => gateway.line.sent.filter(({ jid }) => jid.startsWith(phone)).map((one) => one.text)
    sent.push(await until('it is confirmed', () => all()[0]))
  }
  return { gateway, sent }
}

test('a word that is the same everywhere is confirmed in the language of the business, not in English', async () => {
  const { gateway, sent } = await confirmations(undefined, [
    'STOP',
    'sair',
    'unsubscribe',
    'quiero darme de baja',
  ])
  const { es, pt, en } = consentTexts.stopped
  expect(sent).toEqual([es, pt, en, es])
  const phone = String(++elsewhere)
  await gateway.inbound({ phone, text: 'oi, bom dia, vocês têm horário?' })
  await gateway.inbound({ phone, text: 'STOP' })
  const own = () => gateway.line.sent.find(({ jid }) => jid.startsWith(phone))?.text
  expect(await until('it is confirmed', own)).toBe(pt)
  await gateway.stop()
})

test('the configured language comes before that of the country, and a configured country before that of the number', async () => {
  const language = await confirmations({ language: 'pt', country: 'AR' }, ['STOP'])
  expect(language.sent).toEqual([consentTexts.stopped.pt])
  await language.gateway.stop()
  const country = await confirmations({ language: null, country: 'BR' }, ['STOP'])
  expect(country.sent).toEqual([consentTexts.stopped.pt])
  await country.gateway.stop()
})

test('an answer to what the business asked, and a button of that name, end nothing', async () => {
  const gateway = await startTestApp()
  const phone = String(++elsewhere)
  await gateway.inbound({ phone, text: 'hola' })
  await gateway.inbound({ phone, fromMe: true, text: '¿Prefieres planta alta o baja?' })
  await gateway.inbound({ phone, text: 'Baja' })
  const choice = { id: 'b', title: 'Baja', description: '' }
  await gateway.inbound({ phone, text: 'Baja', details: { choice } })
  expect(gateway.line.sent).toEqual([])
  await gateway.inbound({ phone, fromMe: true, text: 'Quedó reservado.' })
  await gateway.inbound({ phone, text: 'Baja' })
  expect(await until('it is confirmed', () => gateway.line.sent[0]?.text)).toBe(consentTexts.stopped.es)
  await gateway.stop()
})
