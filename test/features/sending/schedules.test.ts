import { beforeEach, describe, expect, test } from 'vitest'
import { nextRun } from '../../../src/core/time/cron.ts'
import { quietEnd } from '../../../src/features/sending/rules/quiet-hours.ts'
import { readCron } from '../../../src/daemon/cron.ts'
import type { TestApp } from '../../support/app.ts'
import { until } from '../../support/until.ts'
import { HandClock, app, juan, send } from '../fixture.ts'
import { ScheduleRuns } from '../../../src/features/sending/schedules/schedule-runs.ts'

const madrid = 'Europe/Madrid'

let clock: HandClock
let one: TestApp

/** The clock at a moment, and an app on it. */
async function at(time: string): Promise<void> {
  clock = new HandClock()
  moveTo(time)
  one = await app({ clock })
}

function moveTo(time: string): void {
  clock.advance(new Date(time).getTime() - clock.now().getTime())
}

beforeEach(() => at('2026-03-25T10:00:00Z'))

const sent = () => one.line.sent.map(({ text }) => text)
const { create, get, run } = {
  create: (more: object) =>
    one.services.sending.schedules.create(1, { to: [juan], text: 'menú', when: { sendAt: '' }, ...more }),
  get: (id: number) => one.services.sending.schedules.get(1, id),
  run: () => one.services.sending.schedules.run(),
}

test('a message for later goes once when its time has come, also after a restart in between', async () => {
  const { id, nextAt } = await create({ when: { sendAt: '2026-03-25T14:30' }, timeZone: madrid })
  expect(nextAt?.toISOString()).toBe('2026-03-25T13:30:00.000Z')
  moveTo('2026-03-25T13:29:59Z')
  await run()
  expect(sent()).toEqual([])
  const later = await app({ clock, dataDir: one.dataDir })
  moveTo('2026-03-25T13:30:00Z')
  await later.services.sending.schedules.run()
  await run()
  await until('it is out', () => later.line.sent.length + one.line.sent.length === 1)
  expect(await get(id)).toMatchObject({ status: 'done', nextAt: null, lastError: null })
})

test('a repeating schedule goes every Monday at noon of its zone, also when summer time begins', async () => {
  const { id } = await create({ when: { cron: '0 12 * * 1' }, timeZone: madrid })
  const times: (string | undefined)[] = []
  for (let n = 0; n < 3; n++) {
    const next = (await get(id)).nextAt
    times.push(next?.toISOString())
    moveTo(next?.toISOString() ?? '')
    await run()
    await until('it is out', () => sent().length === n + 1)
  }
  // The clocks go forward on 29 March.
  expect(times).toEqual(['2026-03-30T10:00:00.000Z', '2026-04-06T10:00:00.000Z', '2026-04-13T10:00:00.000Z'])
})

test('a missed message is sent within its time to live, or skipped where that was asked for', async () => {
  const sends = await create({ text: 'a', when: { sendAt: '2026-03-25T11:00:00Z' } })
  const skips = await create({ text: 'b', when: { sendAt: '2026-03-25T11:00:00Z' }, ifMissed: 'skip' })
  const old = await create({ text: 'c', when: { cron: '0 11 25 3 *' } })
  moveTo('2026-03-25T15:00:00Z')
  await run()
  await until('the missed are out', () => sent().length === 2)
  expect(sent().toSorted()).toEqual(['a', 'c'])
  expect(await get(sends.id)).toMatchObject({ status: 'done', lastError: null })
  expect(await get(skips.id)).toMatchObject({
    status: 'done',
    lastError: expect.stringContaining('was down'),
  })
  expect((await get(old.id)).nextAt?.toISOString()).toBe('2027-03-25T11:00:00.000Z')
  moveTo('2027-03-27T12:00:00Z')
  await run()
  expect(await get(old.id)).toMatchObject({
    status: 'active',
    lastError: expect.stringContaining('was down'),
  })
  expect(sent()).toHaveLength(2)
})

test('a schedule that is due at night waits for the end of the quiet hours, unless it says otherwise', async () => {
  await create({ text: 'quiet', when: { sendAt: '2026-03-25T23:00:00Z' } })
  await create({ text: 'loud', when: { sendAt: '2026-03-25T23:00:00Z' }, quiet: false })
  moveTo('2026-03-25T23:00:00Z')
  await run()
  await until('the loud one is out', () => sent().length === 1)
  expect(sent()).toEqual(['loud'])
  const list = await one.services.sending.waiting.list(1, { limit: 10 })
  expect(list.messages[0]?.position?.held).toMatchObject({ reason: 'quiet_hours' })
  moveTo('2026-03-26T09:00:00Z')
  one.line.become(one.line.state)
  await until('the quiet one is out', () => sent().length === 2)
})

test('a message that waits for the morning behind another one of its chat goes in the morning, too', async () => {
  moveTo('2026-03-25T23:00:00Z')
  one.line.become({ kind: 'waiting', attempt: 1, until: new Date(0), reason: 'connection_lost' })
  await send(one, 'first')
  await create({ text: 'quiet', when: { sendAt: '2026-03-25T23:00:00Z' } })
  await run()
  one.line.become({ kind: 'open', since: new Date(0) })
  await until('the first is out', () => sent().length === 1)
  moveTo('2026-03-26T09:00:00Z')
  one.line.become(one.line.state)
  await until('the quiet one is out', () => sent().length === 2)
})

test('a schedule can be changed and cancelled, and not changed after that', async () => {
  const { schedules } = one.services.sending
  const { id } = await create({ when: { sendAt: '2026-03-25T11:00:00Z' } })
  expect(await schedules.update(1, id, { text: 'otro', when: { cron: '30 9 * * *' } })).toMatchObject({
    text: 'otro',
    cron: '30 9 * * *',
  })
  expect(await schedules.cancel(1, id)).toMatchObject({ status: 'cancelled', nextAt: null })
  moveTo('2026-03-27T11:00:00Z')
  await run()
  expect(sent()).toEqual([])
  await expect(schedules.update(1, id, { text: 'x' })).rejects.toMatchObject({ code: 'conflict' })
  await expect(schedules.get(2, id)).rejects.toMatchObject({ code: 'not_found' })
  expect(await schedules.list(1, { limit: 10 })).toHaveLength(1)
})

test('advertising on a schedule goes only to customers who agreed, and the schedule says who did not', async () => {
  const { id } = await create({ when: { sendAt: '2026-03-25T11:00:00Z' }, category: 'marketing' })
  moveTo('2026-03-25T11:00:00Z')
  await run()
  expect(await get(id)).toMatchObject({
    status: 'failed',
    lastError: expect.stringContaining('acceptsMarketing'),
  })
})

test.each([
  ['a time that is over', { sendAt: '2026-03-25T09:59:00Z' }],
  ['no time', { sendAt: 'tomorrow' }],
  ['a day that does not exist', { sendAt: '2026-13-45T10:00' }],
  ['a cron expression of six fields', { cron: '* * * * * *' }],
  ['one that runs every minute', { cron: '* * * * *' }],
  ['one that never comes', { cron: '0 0 31 2 *' }],
])('%s is refused', async (_, when) => {
  await expect(create({ when })).rejects.toMatchObject({ code: 'invalid_request' })
})

describe('the next run', () => {
  const next = (cron: string, zone: string, after: string) => {
    const fields = readCron(cron)
    return fields && nextRun(fields, zone, new Date(after))?.toISOString()
  }

  test('of a time that summer time skips comes an hour later, of one that comes twice once', () => {
    expect(next('30 2 * * *', madrid, '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:30:00.000Z')
    const first = next('30 2 * * *', madrid, '2026-10-24T12:00:00Z')
    expect(first?.slice(0, 10)).toBe('2026-10-25')
    expect(next('30 2 * * *', madrid, first ?? '')).toBe('2026-10-26T01:30:00.000Z')
  })

  test('takes either day where that of the month and of the week are limited, and leap years as they come', () => {
    expect(next('0 9 13 * 5', 'UTC', '2026-03-25T00:00:00Z')).toBe('2026-03-27T09:00:00.000Z')
    expect(next('0 9 29 2 *', 'UTC', '2026-03-25T00:00:00Z')).toBe('2028-02-29T09:00:00.000Z')
    expect(next('0 9 * * 7', 'UTC', '2026-03-25T00:00:00Z')).toBe('2026-03-29T09:00:00.000Z')
  })
})

test('quiet hours and holidays that follow one another end together', () => {
  const quiet = { hours: '21:00-09:00', holidays: ['2026-12-25', '2026-12-26'], zone: madrid }
  expect(quietEnd(new Date('2026-12-24T21:00:00Z'), quiet)?.toISOString()).toBe('2026-12-27T08:00:00.000Z')
  expect(quietEnd(new Date('2026-12-24T12:00:00Z'), quiet)).toBeNull()
  expect(quietEnd(new Date('2026-12-24T12:00:00Z'), { ...quiet, hours: null })).toBeNull()
})

describe('a template on a schedule', () => {
  const ana = '34600111222@s.whatsapp.net'
  const at11 = { sendAt: '2026-03-25T11:00:00Z' }
  const templates = () => one.services.sending.templates
  const template = { name: 'menu', variables: { dish: 'lentejas' } }

  beforeEach(async () => {
    await templates().create(1, { name: 'menu', texts: { es: '{{customer.name}}: {{dish}}' } })
    await one.inbound({ pushName: 'Juan' })
  })

  test('says what is known when its time has come, not when it was planned', async () => {
    await create({ text: undefined, template, when: at11 })
    await templates().update(1, 'menu', { es: 'Hoy {{dish}}, {{customer.name}}' })
    const { customers } = await one.services.customers.list(1, { limit: 1, offset: 0 })
    await one.services.customers.update(1, customers[0]?.id ?? 0, { name: 'Don Juan' })
    moveTo('2026-03-25T11:00:00Z')
    await run()
    await until('it is out', () => sent().length === 1)
    expect(sent()).toEqual(['Hoy lentejas, Don Juan'])
  })

  test('names a recipient without a number by the username', async () => {
    const lid = '77700011122233@lid'
    await templates().create(1, { name: 'call', texts: { es: 'Te llamamos al {{customer.phone}}' } })
    await one.inbound({ lid, username: 'maria.lopez' })
    const { id } = await create({ to: [lid], text: undefined, template: { name: 'call' }, when: at11 })
    moveTo('2026-03-25T11:00:00Z')
    await run()
    expect(await get(id)).toMatchObject({
      lastError: expect.stringMatching(/^1 not sent: @maria\.lopez: customer\.phone missing/),
    })
  })

  test('fails for recipients who lack something, who are named, and the others get theirs as a batch', async () => {
    const { id } = await create({ to: [juan, ana], text: undefined, template, when: at11 })
    moveTo('2026-03-25T11:00:00Z')
    await run()
    await until('one is out', () => sent().length === 1)
    const after = await get(id)
    expect(after).toMatchObject({
      status: 'done',
      lastError: '1 not sent: 34600111222: customer.name missing',
    })
    expect(await one.services.sending.batches.get(1, after.lastBatchId ?? 0)).toMatchObject({
      total: 2,
      rejected: 1,
    })
    const alone = await create({
      to: [ana],
      text: undefined,
      template,
      when: { sendAt: '2026-03-25T12:00:00Z' },
    })
    moveTo('2026-03-25T12:00:00Z')
    await run()
    expect(await get(alone.id)).toMatchObject({
      status: 'failed',
      lastError: expect.stringContaining('customer.name'),
    })
    expect(sent()).toHaveLength(1)
  })

  test('is not planned where it could be filled in for no recipient, nor deleted while it is planned', async () => {
    const wrong = { text: undefined, when: at11 }
    await expect(create({ ...wrong, template: { name: 'menu' } })).rejects.toMatchObject({
      code: 'invalid_request',
      details: [{ field: 'body.template.variables.dish', message: 'required' }],
    })
    await expect(create({ ...wrong, template: { name: 'none' } })).rejects.toMatchObject({
      code: 'not_found',
    })
    const { id } = await create({ ...wrong, template })
    await expect(templates().remove(1, 'menu')).rejects.toMatchObject({ code: 'conflict' })
    await one.services.sending.schedules.update(1, id, { text: 'hola' })
    await templates().remove(1, 'menu')
    expect(await get(id)).toMatchObject({ text: 'hola', template: null })
  })
})

test('the database is asked for due messages only when some are due, and after each change', async () => {
  let asked = 0
  const { store } = one
  const counting = {
    get read() {
      asked++
      return store.read
    },
    write: store.write.bind(store),
  } as unknown as typeof store
  const { outbox } = one.services
  const runs = new ScheduleRuns({
    ...one.services,
    store: counting,
    clock,
    outbox,
    log: { error: () => undefined } as never,
    attachments: {} as never,
    wording: {} as never,
    readCron,
    quiet: { hours: null, holidays: [], zone: 'UTC' },
    timeToLiveMs: 3_600_000,
    paced: false,
  })
  const times = async (count: number) => {
    asked = 0
    for (let n = 0; n < count; n++) await runs.run()
    return asked
  }
  expect(await times(5)).toBe(1)
  await create({ when: { sendAt: '2026-03-25T11:00:00Z' } })
  runs.changed()
  expect(await times(5)).toBe(1)
  // A clock that is set forward makes it due at once, one that is set back leaves it where it is.
  moveTo('2026-03-25T09:00:00Z')
  expect(await times(5)).toBe(0)
  moveTo('2026-03-25T11:30:00Z')
  expect(await times(1)).toBeGreaterThan(0)
  await until('it is out', () => sent().length === 1)
  expect(await times(5)).toBe(0)
})
