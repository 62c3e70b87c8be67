import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChatRequest, ScriptedReply } from '../../../src/sandbox/model-server.ts'
import { apiKey, startBotApp } from './support/bot-app.ts'
import type { BotApp } from './support/bot-app.ts'

let app: BotApp
let script: (request: ChatRequest) => ScriptedReply = () => ({ text: '' })
let lastPhone = 5_491_140_000_000

beforeAll(async () => {
  app = await startBotApp({
    script: (request) => script(request),
    settings: {
      businessDescription:
        'Peluquería. El corte sale $10000. Pagos en https://sol.example/pago__ref__2026. Códigos como REF__A__B.',
    },
  })
  await app.services.assistant.knowledge.put(1, { title: 'Precios', body: 'El corte sale $10000.' })
})
afterAll(() => app.stop())

/** Asks for the price as a new customer of a scripted model. @returns the answers */
async function answersTo(model: (request: ChatRequest) => ScriptedReply): Promise<string[]> {
  script = model
  const phone = String(++lastPhone)
  await app.say(phone, 'Hola, ¿cuánto sale el corte?')
  await expect.poll(() => app.sentTo(phone).length).toBeGreaterThan(0)
  return app.sentTo(phone)
}

test('a customer gets what a reasoning model answers and nothing of what it thinks', async () => {
  const text = 'El cliente es pesado.\n</think>\n\nEl corte sale $10000.'
  expect(await answersTo(() => ({ text }))).toEqual(['El corte sale $10000.'])
})

test('a tool call that the model writes as text is carried out, and the customer gets the answer after it', async () => {
  const text = '<tool_call>\n{"name":"search_knowledge","arguments":{"query":"corte"}}\n</tool_call>'
  const sent = await answersTo((request) =>
    request.messages.some(({ role, content }) => role === 'tool' && content?.includes('$10000'))
      ? { text: 'El corte sale $10000.' }
      : { text },
  )
  expect(sent).toEqual(['El corte sale $10000.'])
})

test('an answer that broke off is asked for again with more room, and only the whole one goes out', async () => {
  const limits: unknown[] = []
  const sent = await answersTo((request) => {
    const { max_tokens: limit = 0 } = request as ChatRequest & { max_tokens?: number }
    limits.push(limit)
    return limit > 1000
      ? { text: 'El corte sale $10000.' }
      : { text: 'Bueno, el corte para una persona de', finish: 'length' }
  })
  expect(sent).toEqual(['El corte sale $10000.'])
  expect(limits).toEqual([700, 2800])
})

test('Markdown becomes what WhatsApp shows, and links and codes with underscores are given as they are', async () => {
  const text = '### **Pagos**\nPague en https://sol.example/pago__ref__2026 con REF__A__B'
  expect(await answersTo(() => ({ text }))).toEqual([
    '*Pagos*\nPague en https://sol.example/pago__ref__2026 con REF__A__B',
  ])
})

test('a secret in the arguments of a call is kept nowhere', async () => {
  await answersTo((request) =>
    request.messages.some(({ role }) => role === 'tool')
      ? { text: 'El corte sale $10000.' }
      : { calls: [{ name: 'search_knowledge', arguments: { query: apiKey } }] },
  )
  const [turn] = await app.turns(String(lastPhone))
  expect(turn?.tools).toHaveLength(1)
  expect(JSON.stringify(turn)).not.toContain(apiKey)
})
