import { beforeEach, describe, expect, test } from 'vitest'
import { insertAppointment } from '../../../src/features/bot/queries/appointments.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { until } from '../../support/until.ts'
import { HandClock, app, juan } from '../fixture.ts'

const ana = '34600111222'
const ready = {
  name: 'ready',
  texts: {
    es: 'Hola {{customer.name}}, tu pedido {{order}} está listo. {{business.name}}',
    en: 'Hello {{customer.name}}, your order {{order}} is ready. {{business.name}}',
  },
}

let clock: HandClock
let one: TestApp
let client: HttpClient
beforeEach(async () => {
  clock = new HandClock()
  one = await app({ clock, fromFile: { businessName: 'La Huerta' } })
  client = new HttpClient(one.url, one.key)
})

const sent = () => one.line.sent.map(({ text }) => text)

interface Refusal {
  message: string
  error: { details: { field: string; message: string }[] }
}

async function create(template: object = ready): Promise<void> {
  expect(await client.post('/api/v1/templates', template)).toMatchObject({ status: 201 })
}

async function refused(path: string, body: unknown, status = 400): Promise<Refusal> {
  const answer = await client.post(path, body)
  expect(answer.status).toBe(status)
  return answer.json as Refusal
}

const use = (template: object, to: unknown = juan) => ({ to, template: { name: 'ready', ...template } })

describe('a template', () => {
  test('is made, listed, read, changed and deleted', async () => {
    await create()
    await create({ name: 'hours', texts: { es: 'Abrimos a las 9' } })
    const { json: list } = await client.get('/api/v1/templates?limit=1')
    expect(list).toMatchObject({ templates: [{ name: 'hours', variables: [] }] })
    const { json: rest } = await client.get('/api/v1/templates?after=hours')
    expect(rest).toMatchObject({
      templates: [{ name: 'ready', variables: ['customer.name', 'order', 'business.name'] }],
    })
    const changed = await client.patch('/api/v1/templates/ready', {
      texts: { es: null, pt: 'Olá {{order}}' },
    })
    expect(changed.json).toMatchObject({ texts: { en: ready.texts.en, pt: 'Olá {{order}}' } })
    expect((changed.json as { texts: object }).texts).not.toHaveProperty('es')
    expect((await client.ask('/api/v1/templates/ready', { method: 'DELETE' })).json).toEqual({
      name: 'ready',
      deleted: true,
    })
    expect((await client.get('/api/v1/templates/ready')).status).toBe(404)
  })

  test('that is created again with its key is one, and another one of the same name is refused', async () => {
    const headers = { 'Idempotency-Key': 'k1' }
    for (const _ of [1, 2]) {
      expect((await client.ask('/api/v1/templates', { method: 'POST', body: ready, headers })).status).toBe(
        201,
      )
    }
    await refused('/api/v1/templates', ready, 409)
  })

  test.each([
    ['a name with spaces', { name: 'a b', texts: { es: 'x' } }, 'body.name'],
    ['no text', { name: 'a', texts: {} }, 'body.texts'],
    ['a language that is not known', { name: 'a', texts: { fr: 'x' } }, 'body.texts.fr'],
    ['a variable that does not exist', { name: 'a', texts: { es: '{{customer.nmae}}' } }, 'body.texts.es'],
    ['an own field in a reminder', { name: 'appointment-reminder', texts: { es: '{{x}}' } }, 'body.texts'],
  ])('with %s is refused, and the field is named', async (_, template, field) => {
    const { error } = await refused('/api/v1/templates', template)
    expect(error.details.map((each) => each.field)).toContain(field)
  })

  test('keeps its last text', async () => {
    await create({ name: 'a', texts: { es: 'x' } })
    expect((await client.patch('/api/v1/templates/a', { texts: { es: null } })).status).toBe(400)
  })

  test('is known to its own account alone', async () => {
    await create()
    await expect(one.services.sending.templates.get(2, 'ready')).rejects.toMatchObject({ code: 'not_found' })
    expect(await one.services.sending.templates.list(2, { limit: 10 })).toEqual([])
  })
})

describe('a send with a template', () => {
  test('gives each recipient their own words, in their own language', async () => {
    await create()
    await one.inbound({ pushName: 'Juan {{order}}\u202E\nPérez' })
    await client.post('/api/v1/customers', { name: 'Ana', phone: ana, customFields: { language: 'en-GB' } })
    const { status, json } = await client.post('/api/v1/send', use({ variables: { order: 17 } }, [juan, ana]))
    expect(status).toBe(200)
    await until('both are out', () => sent().length === 2)
    expect(sent().toSorted()).toEqual([
      'Hello Ana, your order 17 is ready. La Huerta',
      'Hola Juan {{order}} Pérez, tu pedido 17 está listo. La Huerta',
    ])
    expect(await client.get(`/api/v1/batches/${(json as { batchId: number }).batchId}`)).toMatchObject({
      json: { total: 2, rejected: 0 },
    })
  })

  test('names what is missing and for whom, and then sends nothing', async () => {
    await create()
    await one.inbound({ pushName: 'Juan' })
    const strangers = ['5491100000001', '5491100000002']
    const { message, error } = await refused(
      '/api/v1/send',
      use({ variables: { order: 'A' } }, [juan, ...strangers]),
    )
    expect(message).toContain('2 of 3')
    expect(error.details).toEqual(
      strangers.map((phone) => ({ field: 'body.to', message: `${phone}: customer.name missing` })),
    )
    expect((await client.get('/api/v1/outbox')).json).toMatchObject({ waiting: 0 })
    expect((await client.get(`/api/v1/chats/${strangers[0]}/messages`)).status).toBe(404)
    // A caller who knows the variable's value passes it.
    const variables = { order: 'A', 'customer.name': 'vecino' }
    expect((await client.post('/api/v1/send', use({ variables }, strangers))).status).toBe(200)
  })

  test.each([
    ['an own field that is not given', use({}), 'body.template.variables.order', 400],
    [
      'a variable that it has not',
      use({ variables: { order: 'A', oder: 'B' } }),
      'body.template.variables.oder',
      400,
    ],
    [
      'a language that it has not',
      use({ language: 'pt', variables: { order: 'A' } }),
      'body.template.language',
      400,
    ],
    ['a message beside it', { ...use({ variables: { order: 'A' } }), message: 'hola' }, 'body.template', 400],
    [
      'a value that is too long',
      use({ variables: { order: 'x'.repeat(1001) } }),
      'body.template.variables.order',
      400,
    ],
    ['a value that is no text', use({ variables: { order: {} } }), 'body.template.variables.order', 400],
    ['a name that is none', use({ variables: { 'a b': 'x' } }), 'body.template.variables.a b', 400],
  ])('with %s is refused, and the field is named', async (_, body, field, status) => {
    await create()
    await one.inbound({ pushName: 'Juan' })
    const { error } = await refused('/api/v1/send', body, status)
    expect(error.details.map((each) => each.field)).toContain(field)
    expect(sent()).toEqual([])
  })

  test('that does not exist is not found', async () => {
    await refused('/api/v1/send', use({}), 404)
  })

  test('is refused where values make its text too long', async () => {
    const names = Array.from({ length: 5 }, (_, n) => `v${n}`)
    await create({ name: 'long', texts: { es: names.map((name) => `{{${name}}}`).join('') } })
    const variables = Object.fromEntries(names.map((name) => [name, 'x'.repeat(1000)]))
    const body = { to: juan, template: { name: 'long', variables } }
    expect((await refused('/api/v1/send', body)).message).toContain('4096')
  })

  test('puts the words under a file, and what goes with words goes with it', async () => {
    await create({ name: 'ask', texts: { es: '¿Vienes, {{who}}?' } })
    const body = { to: juan, template: { name: 'ask', variables: { who: 'Juan' } }, buttons: ['Sí', 'No'] }
    expect((await client.post('/api/v1/send', body)).status).toBe(200)
    await until('it is out', () => sent().length === 1)
    expect(sent()).toEqual(['¿Vienes, Juan?\n\n1. Sí\n2. No'])
  })

  test('goes as advertising only to customers who agreed', async () => {
    await create({ name: 'sale', texts: { es: '2x1' } })
    await one.inbound({})
    const body = { to: juan, template: { name: 'sale' }, category: 'marketing' }
    const refused = await client.post('/api/v1/send', body)
    expect(refused.json).toMatchObject({ statusCode: 422, error: { code: 'recipient_refused' } })
  })
})

describe('a preview', () => {
  test('shows the text, the language, what is in it and what is missing, and sends nothing', async () => {
    await create({
      name: 'visit',
      texts: {
        es: '{{customer.name}}: {{customer.fields.mascota}}, {{appointment.time}} {{customer.phone}}',
      },
    })
    await one.inbound({ pushName: 'Juan' })
    const { json } = await client.get('/api/v1/customers')
    const id = (json as { data: { id: number }[] }).data[0]?.id
    await client.patch(`/api/v1/customers/${id}`, { customFields: { mascota: 'Firulais' } })
    const shown = {
      text: 'Juan: Firulais, {{appointment.time}} +54 9 11 1234 5678',
      language: 'es',
      missing: ['appointment.time'],
    }
    for (const who of [{ customerId: id }, { to: juan }]) {
      expect((await client.post('/api/v1/templates/visit/preview', who)).json).toMatchObject(shown)
    }
    const given = { to: juan, variables: { 'appointment.time': '10:00' } }
    expect((await client.post('/api/v1/templates/visit/preview', given)).json).toMatchObject({
      text: 'Juan: Firulais, 10:00 +54 9 11 1234 5678',
      missing: [],
    })
    expect((await client.post('/api/v1/templates/visit/preview', {})).json).toMatchObject({
      missing: ['customer.name', 'customer.fields.mascota', 'appointment.time', 'customer.phone'],
    })
    await refused('/api/v1/templates/visit/preview', { variables: { x: 'y' } })
    await refused('/api/v1/templates/visit/preview', { customerId: 99 }, 404)
    expect((await client.get('/api/v1/outbox')).json).toMatchObject({ waiting: 0 })
  })
})

test.each(['+54 9 11 1234-5678', '5491112345678', '(11) 1234.5678', '🌸', '٠١٢٣٤٥٦٧٨٩'])(
  'a customer who goes by %s has no name to be greeted with, and gets the fallback',
  async (pushName) => {
    const es = 'Hola {{customer.name|vecino}}, tu pedido está listo'
    await create({ name: 'plain', texts: { es: 'Hola {{customer.name}}' } })
    await create({ name: 'kind', texts: { es } })
    await one.inbound({ pushName })
    const preview = (name: string) => client.post(`/api/v1/templates/${name}/preview`, { to: juan })
    expect((await preview('plain')).json).toMatchObject({ missing: ['customer.name'] })
    expect((await preview('kind')).json).toMatchObject({
      text: 'Hola vecino, tu pedido está listo',
      missing: [],
      variables: [{ name: 'customer.name', value: 'vecino' }],
    })
    expect((await client.post('/api/v1/send', { to: juan, template: { name: 'plain' } })).status).toBe(400)
    expect((await client.post('/api/v1/send', { to: juan, template: { name: 'kind' } })).status).toBe(200)
  },
)

test('a refusal names a recipient without a number by the username', async () => {
  const lid = '77700011122233@lid'
  await create({ name: 'call', texts: { es: 'Te llamamos al {{customer.phone}}' } })
  await one.inbound({ lid, username: 'maria.lopez' })
  const { message } = await refused('/api/v1/send', { to: lid, template: { name: 'call' } })
  expect(message).toContain('@maria.lopez: customer.phone missing')
  expect(message).not.toContain('7770')
})

test.each([
  ['es', 'Hola {{customer.name}}, tu pedido está listo', 'Hola Cliente, tu pedido está listo'],
  ['pt', 'Oi {{customer.name}}, seu pedido está pronto', 'Oi Cliente, seu pedido está pronto'],
  ['en', 'Hello {{customer.name}}, your order is ready', 'Hello Customer, your order is ready'],
  ['en', 'Hello {{customer.name|there}}, your order is ready', 'Hello there, your order is ready'],
])(
  'a customer without number and name is greeted by a neutral word in %s',
  async (language, text, greeting) => {
    const lid = '77700011122233@lid'
    await create({ name: 'plain', texts: { [language]: text } })
    await one.inbound({ lid, pushName: null })
    const preview = async () => (await client.post('/api/v1/templates/plain/preview', { to: lid })).json
    expect(await preview()).toMatchObject({ text: greeting, missing: [] })
    await one.inbound({ lid, pushName: 'Sol' })
    expect(await preview()).toMatchObject({ text: expect.stringContaining(' Sol, '), missing: [] })
  },
)

describe('a reminder of an appointment', () => {
  const plain = () => 'the words of the program'
  const hour = 3_600_000

  beforeEach(async () => {
    // Noon of a Wednesday.
    clock.advance(Date.parse('2026-03-25T12:00:00Z') - clock.now().getTime())
    await one.inbound({ pushName: 'Juan' })
    const at = clock.now()
    const start = new Date('2026-03-26T14:30:00Z')
    const end = new Date(start.getTime() + hour)
    const about = { accountId: 1, chatId: 1, customerId: 1, service: 'Corte', note: null, reminderAt: at, at }
    await one.store.write((trx) => insertAppointment(trx, { ...about, start, end }))
  })

  test.each([
    [
      'in the account’s own words',
      '{{customer.name}}: {{appointment.service}} el {{appointment.date}} a las {{appointment.time}}',
      'Juan: Corte el jueves, 26 de marzo a las 14:30',
    ],
    ['in the program’s where something is missing', '{{customer.email}}', plain()],
  ])('goes out %s', async (_, text, words) => {
    await create({ name: 'appointment-reminder', texts: { es: text } })
    await one.services.assistant.appointments.remind(plain)
    await until('it is out', () => sent().length === 1)
    expect(sent()).toEqual([words])
    await one.services.assistant.appointments.remind(plain)
    const outbox = async () => (await client.get('/api/v1/outbox')).json as { waiting: number }
    await until('nothing waits', async () => (await outbox()).waiting === 0)
    expect(sent()).toEqual([words])
  })

  test('is not needed to name the next appointment', async () => {
    await create({ name: 'visit', texts: { es: '{{appointment.service}}, {{appointment.time}}' } })
    expect((await client.post('/api/v1/send', { to: juan, template: { name: 'visit' } })).status).toBe(200)
    await until('it is out', () => sent().length === 1)
    expect(sent()).toEqual(['Corte, 14:30'])
  })
})
