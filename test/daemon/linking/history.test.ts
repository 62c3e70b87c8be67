import { expect, test } from 'vitest'
import { Store } from '../../../src/db/store.ts'
import { contradictionsIn } from '../../features/consistency.ts'
import { account } from '../../support/processes.ts'
import { sharedScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const maria = '34611111111'
const joao = '5511999990000'
const [ana, luz, leo] = ['34622222222', '34633333333', '34644444444'] as const
const wholeHistory = { ZAGUAN_WHATSAPP__SYNC_FULL_HISTORY: 'true', ZAGUAN_WHATSAPP__HISTORY_DAYS: '200' }
const day = 86_400_000
const start = 1_700_000_000_000
/** Read at every start of the daemon. */
const env: Record<string, string> = { ZAGUAN_BOT__NEW_CHATS: 'true' }

interface HistoryStage {
  state: string
  percent: number | null
  whole: boolean
  messages: number
  partsWaiting: number
  reason: string | null
}

const chats = [
  {
    with: maria,
    name: 'María',
    unread: 1,
    messages: ['¿Abrís mañana?', 'Sí, a las nueve', 'Gracias'].map((text, n) => ({
      id: `HISTORY-M${n}`,
      text,
      fromMe: n === 1,
      timestamp: start + n * 1000,
    })),
  },
  {
    with: joao,
    name: 'João',
    addressing: 'lid' as const,
    messages: Array.from({ length: 700 }, (_, n) => ({
      id: `HISTORY-J${n}`,
      fromMe: n % 2 === 0,
      text: `j${n}`,
      timestamp: start - n * day,
      onDemand: n >= 650,
    })),
  },
]

const stage = async () => (await daemon.call<{ history: HistoryStage }>('GET', '/api/v1/status')).body.history
const textsOf = async (jid: string) => (await daemon.chat(jid)).map(({ text }) => text)
const kindsOfEvents = async () => {
  const { body } = await daemon.call<{ data: { event: string }[] }>('GET', '/api/v1/events?limit=500')
  return new Set(body.data.map(({ event }) => event))
}
const relink = async () => {
  await sandbox.control.unlink(account)
  await until('it is logged out', async () => (await daemon.status()).connection.state === 'pairing', 20_000)
  await daemon.link(sandbox.control)
}
const stored = (messages: number) =>
  until(`${messages} are stored`, async () => {
    const { state, messages: count } = await stage()
    return state === 'done' && count >= messages
  })

const { sandbox, daemon } = await sharedScene({
  prepare: async (control) => {
    await control.createPhone(account, { name: 'Dueña' })
    await control.setHistory(account, chats)
  },
  env,
  media: true,
  account: null,
})

test('the chats of the phone are there after the linking, with their names and without events', async () => {
  expect((await stage()).state).toBe('none')
  await daemon.link(sandbox.control)
  await stored(653)
  expect(await stage()).toMatchObject({ percent: 100, partsWaiting: 0, reason: null })
  expect(await textsOf(maria)).toEqual(['¿Abrís mañana?', 'Sí, a las nueve', 'Gracias'])
  expect(await textsOf(joao)).toEqual(Array.from({ length: 650 }, (_, n) => `j${649 - n}`))
  const { body } = await daemon.call<{ chats: { jid: string; name: string; messageCount: number }[] }>(
    'GET',
    '/api/v1/chats',
  )
  expect(body.chats).toMatchObject([
    { jid: `${maria}@s.whatsapp.net`, name: 'María' },
    { jid: `${joao}@s.whatsapp.net`, name: 'João' },
  ])
  expect(await kindsOfEvents()).toEqual(new Set(['account.updated']))
})

test('older messages of a chat come when they are asked for, up to the beginning', async () => {
  const ask = (jid: string, count?: number) =>
    daemon.call<{ requested: number }>(
      'POST',
      `/api/v1/chats/${jid}/history`,
      count === undefined ? {} : { count },
    )
  expect(await ask(joao, 30)).toMatchObject({ status: 202, body: { requested: 30 } })
  await until('they have come', async () => (await textsOf(joao)).length === 680)
  expect((await textsOf(joao))[0]).toBe('j679')
  expect((await ask(joao)).status).toBe(202)
  await until('the rest has come', async () => (await textsOf(joao)).length === 700)
  expect((await ask('34600000009')).status).toBe(404)
  expect((await ask(joao, 0)).status).toBe(400)
})

test('a history that comes again changes nothing, and a part that cannot be fetched is reported and waits', async () => {
  const before = await textsOf(joao)
  await sandbox.control.setHistory(account, chats, 'file')
  await sandbox.control.fault({ kind: 'fail_media', what: 'download', status: 503, count: 3 })
  await relink()
  await until('a part waits', async () => (await stage()).state === 'waiting', 20_000)
  expect((await stage()).reason).toBe('The server that has it could not be reached.')
  expect(daemon.log.find(({ msg }) => msg === 'a part of the history cannot be fetched yet')).toMatchObject({
    level: 40,
    account: 1,
    attempts: 1,
    err: { message: 'The server that has it could not be reached.' },
  })
  await daemon.kill()
  Object.assign(env, wholeHistory)
  await daemon.start()
  await daemon.connected()
  await stored(653)
  expect(await stage()).toMatchObject({ percent: 100, partsWaiting: 0, reason: null })
  expect(await textsOf(joao)).toEqual(before)
  expect(await textsOf(maria)).toHaveLength(3)
}, 90_000)

/** The customer by a number. */
const customerOf = async (phone: string) => {
  const { body } = await daemon.call<{ data: { id: number; name: string }[] }>(
    'GET',
    `/api/v1/customers?search=${phone}`,
  )
  return body.data[0]
}

test('the whole history comes after the recent part, as far back as it is wanted, and changes nothing twice', async () => {
  const before = await textsOf(joao)
  // The history brings nothing back of a person erased now: all of it is older.
  const erased = await customerOf(maria)
  expect((await daemon.call('DELETE', `/api/v1/customers/${erased?.id}`)).status).toBe(200)
  const now = Date.now()
  // The phone sends more than it is asked for, and most of it is in the recent part, too.
  const daily = (who: string, count: number, from = now) => ({
    with: who,
    messages: Array.from({ length: count }, (_, n) => ({
      id: `WHOLE-${who}-${n}`,
      fromMe: n % 2 === 0,
      text: `w${n}`,
      timestamp: from - n * day - 60_000,
    })),
  })
  const all = [daily(ana, 500), daily(luz, 400), daily(leo, 10, now - 1000 * day), ...chats]
  await sandbox.control.setHistory(account, all, 'message', 'ignored')
  await relink()
  const isThere = async () => {
    const { state, whole, percent } = await stage()
    return state === 'done' && whole && percent === 100
  }
  const [device] = (await sandbox.control.phone(account)).devices
  expect(device?.history).toEqual({ whole: true, days: 200 })
  await until('all of it has come', isThere)
  expect(daemon.program?.output).toMatch(/^Whole history: \d+ %, \d+ messages so far\.$/m)
  const newestFirst = (count: number) => Array.from({ length: count }, (_, n) => `w${count - 1 - n}`)
  expect(await textsOf(ana)).toEqual(newestFirst(200))
  expect(await textsOf(luz)).toEqual(newestFirst(200))
  // The newest message of each chat is part of the recent history.
  expect(await textsOf(leo)).toEqual(['w0'])
  expect(await textsOf(joao)).toEqual(before)
  const { messages } = await stage()
  // In files it is another message than before.
  await sandbox.control.setHistory(account, all, 'file', 'ignored')
  await relink()
  await until('it has come again', isThere)
  expect((await stage()).messages).toBe(messages)
  expect(await textsOf(ana)).toEqual(newestFirst(200))
  expect(await textsOf(leo)).toEqual(['w0'])
  expect(await kindsOfEvents()).toEqual(new Set(['account.updated']))
  expect((await sandbox.control.received(ana)).total).toBe(0)
  expect((await daemon.call('GET', `/api/v1/chats/${maria}/messages`)).status).toBe(404)
  expect(await customerOf(maria)).toBeUndefined()
  await sandbox.control.sendAsCustomer(maria, account, 'Hola de nuevo')
  await until('she is a customer again', async () => (await customerOf(maria)) !== undefined)
  expect(await textsOf(maria)).toEqual(['Hola de nuevo'])
  await daemon.stop()
  const store = await Store.open(daemon.dataDir)
  expect(await contradictionsIn(store)).toEqual([])
  await store.close()
}, 90_000)
