import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { refusal } from '../../http/refusal.ts'

const defaults = {
  businessName: 'Del archivo',
  businessDescription: '',
  botPurpose: 'attend',
  guardrails: '',
  customInstructions: '',
  botNewChats: false,
}

let app: TestApp
let api: HttpClient
beforeEach(async () => {
  app = await startTestApp({ fromFile: { businessName: 'Del archivo' } })
  api = new HttpClient(app.url, app.key)
})
afterEach(() => app.stop())

const configure = (body: unknown) => api.post('/api/v1/config', body)
const configOf = async (body: unknown) => ((await configure(body)).json as { config: object }).config

test('BOTON-39 a change touches only the fields that are given', async () => {
  await configure({ customInstructions: 'Responde solo en español' })
  expect(await configOf({ botPurpose: 'sell' })).toEqual({
    ...defaults,
    customInstructions: 'Responde solo en español',
    botPurpose: 'sell',
  })
})

test('BOTON-39 an unknown field is refused by name and changes nothing', async () => {
  const reply = refusal(await configure({ botPurpose: 'sell', language: 'es' }))
  expect(reply).toMatchObject({ status: 400, message: 'Unknown parameter: language' })
  expect(await configOf({})).toEqual(defaults)
})

test('BOTON-39 GET /config shows each value and its source, and null gives a value back to that source', async () => {
  await configure({ businessName: 'De la API', guardrails: 'a' })
  const source = {
    businessDescription: 'default',
    botPurpose: 'default',
    customInstructions: 'default',
    botNewChats: 'default',
  }
  expect((await api.get('/api/v1/config')).json).toEqual({
    config: { ...defaults, businessName: 'De la API', guardrails: 'a' },
    sources: { ...source, businessName: 'api', guardrails: 'api' },
  })
  await configure({ businessName: null, guardrails: null })
  expect((await api.get('/api/v1/config')).json).toEqual({
    config: defaults,
    sources: { ...source, businessName: 'file', guardrails: 'default' },
  })
})

test('BOTON-40 every field is optional: {} changes nothing and is 200', async () => {
  expect(await configure({})).toMatchObject({ status: 200, json: { success: true, config: defaults } })
  expect((await api.ask('/api/v1/config', { method: 'POST' })).status).toBe(200)
})

test.each([
  ['BOTON-41', 'businessName', 120],
  ['BOTON-42', 'businessDescription', 4000],
  ['BOTON-44', 'guardrails', 4000],
  ['BOTON-45', 'customInstructions', 4000],
])('%s %s is text of at most %i characters', async (_row, field, most) => {
  const longest = 'ñ'.repeat(most)
  expect(await configOf({ [field]: longest })).toMatchObject({ [field]: longest })
  expect(await configOf({ [field]: '' })).toMatchObject({ [field]: '' })
  for (const wrong of [`${longest}x`, 5, true, {}]) {
    const reply = refusal(await configure({ [field]: wrong }))
    expect(reply).toMatchObject({ status: 400, details: [{ field: `body.${field}` }] })
  }
})

test('BOTON-43 botPurpose is one of four words', async () => {
  for (const botPurpose of ['attend', 'schedule', 'support', 'sell']) {
    expect(await configOf({ botPurpose })).toMatchObject({ botPurpose })
  }
  for (const wrong of ['Attend', 'dance', '', 1]) {
    const message = 'Invalid parameter botPurpose: expected attend, schedule, support, sell'
    expect(refusal(await configure({ botPurpose: wrong }))).toMatchObject({ status: 400, message })
  }
})

test('BOTON-44 guardrails are one text, or several joined by line breaks', async () => {
  expect(await configOf({ guardrails: ['No precios', 'No política'] })).toMatchObject({
    guardrails: 'No precios\nNo política',
  })
  expect(await configOf({ guardrails: [] })).toMatchObject({ guardrails: '' })
  for (const wrong of [['a', 5], Array.from({ length: 5 }, () => 'x'.repeat(1000))]) {
    expect((await configure({ guardrails: wrong })).status).toBe(400)
  }
})

test('BOTON-46 botNewChats takes true and false and nothing that resembles them', async () => {
  expect(await configOf({ botNewChats: true })).toMatchObject({ botNewChats: true })
  for (const wrong of ['true', 1, 0, 'yes', []]) {
    const reply = refusal(await configure({ botNewChats: wrong }))
    expect(reply).toMatchObject({ status: 400, details: [{ field: 'body.botNewChats' }] })
  }
})

test('BOTON-47 the answer has success and all six fields', async () => {
  const { json } = await configure({ botNewChats: true })
  const warning = expect.stringContaining('There is no language model')
  expect(json).toEqual({ success: true, config: { ...defaults, botNewChats: true }, warning })
})

test('BOTON-39 a configuration survives a restart', async () => {
  await configure({ guardrails: 'siempre' })
  const again = await app.services.settings.get(app.accountId)
  expect(again.settings.guardrails).toBe('siempre')
})
