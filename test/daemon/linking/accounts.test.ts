import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { sharedScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const second = '34600999888'
const customer = '34611222333'

const { sandbox, daemon } = await sharedScene({ customers: { [customer]: 'Ana' } })
interface Account {
  id: string
  status: string
  qr_code_url: string
  refused?: { reason: string; phone_number: string }
}

const account = async (id: string) => (await daemon.call<Account>('GET', `/v1/whatsapp/accounts/${id}`)).body

test('BOTBIZ-16 an account that is added while the daemon runs is linked, sends, survives a restart, and is removed', async () => {
  const wanted = { phone_number: `+${second}`, name: 'Second' }
  const { body } = await daemon.call<Account>('POST', '/v1/whatsapp/accounts', wanted)
  expect(body.status).toBe('pending')
  await sandbox.control.createPhone(second, { name: 'Segunda' })
  const qr = await until('the code of the second account', async () => {
    const asked = await fetch(`${body.qr_code_url}&format=json`)
    return asked.ok && ((await asked.json()) as { qr: string }).qr
  })
  await sandbox.control.scan(second, qr)
  await until('it is connected', async () => (await account(body.id)).status === 'connected')

  const send = async (content: string, from: string) => {
    const message = { to: customer, type: 'text', content, account_id: from }
    const { body } = await daemon.call<{ id: string }>('POST', '/v1/whatsapp/messages', message)
    return body.id
  }
  await send('from the first', 'wha_1')
  await send('from the second', body.id)
  const key = await daemon.call<{ key: string }>('POST', '/api-management/keys', {
    name: 'second',
    scopes: ['full'],
    accountId: Number(body.id.slice(4)),
  })
  const own = { authorization: `Bearer ${key.body.key}` }
  const sent = await until('the second one’s message is out', async () => {
    const chat = await daemon.call<{ messages?: { id: number; text: string }[] }>(
      'GET',
      `/api/v1/chats/${customer}/messages`,
      undefined,
      own,
    )
    const [message] = chat.body.messages ?? []
    if (!message) return undefined
    const state = await daemon.call<{ status: string }>(
      'GET',
      `/api/v1/messages/${message.id}`,
      undefined,
      own,
    )
    return ['sent', 'delivered', 'read'].includes(state.body.status) && message
  })
  expect(sent.text).toBe('from the second')

  await daemon.kill()
  await daemon.start()
  await daemon.connected()
  await until('both are back', async () => {
    const { body } = await daemon.call<{ data: Account[] }>('GET', '/v1/whatsapp/accounts')
    return body.data.length === 2 && body.data.every((one) => one.status === 'connected')
  })
  const gone = await daemon.call('DELETE', `/v1/whatsapp/accounts/${body.id}`)
  expect(gone.status).toBe(200)
  expect((await daemon.call('GET', `/v1/whatsapp/accounts/${body.id}`)).status).toBe(404)
  await daemon.connected()
  expect((await daemon.call('GET', '/api/v1/status', undefined, own)).status).toBe(401)
}, 120_000)

test('a phone with another number is refused, reported and logged out again, and the right one still links', async () => {
  const { body } = await daemon.call<Account>('POST', '/v1/whatsapp/accounts', {
    phone_number: '+34600999777',
    name: 'Third',
  })
  const own = '34600999777'
  const foreign = '34600999666'
  for (const number of [own, foreign]) await sandbox.control.createPhone(number, { name: number })
  const scanWith = async (number: string, not?: string) => {
    const code = await until('a code to scan', async () => {
      const asked = await fetch((await account(body.id)).qr_code_url + '&format=json')
      const { qr } = asked.ok ? ((await asked.json()) as { qr: string }) : { qr: undefined }
      return qr !== not && qr
    })
    await sandbox.control.scan(number, code)
    return code
  }
  const code = await scanWith(foreign)
  const refused = await until('it is refused', async () => (await account(body.id)).refused)
  expect(refused).toMatchObject({ reason: 'number_mismatch', phone_number: `+${foreign}` })
  // It is no linked device of that phone any more.
  await until('it is off the other phone', async () => {
    const { devices } = await sandbox.control.phone(foreign)
    return devices.length === 0
  })
  await scanWith(own, code)
  await until('it is connected', async () => (await account(body.id)).status === 'connected')
  expect((await account(body.id)).refused).toBeUndefined()
  expect((await daemon.call('DELETE', `/v1/whatsapp/accounts/${body.id}`)).status).toBe(200)
}, 120_000)

test('a kill in the middle of a removal leaves no credentials behind once the daemon runs again', async () => {
  const number = '34600999555'
  const { body } = await daemon.call<Account>('POST', '/v1/whatsapp/accounts', {
    phone_number: `+${number}`,
    name: 'Fourth',
  })
  await sandbox.control.createPhone(number, { name: number })
  const qr = await until('a code to scan', async () => {
    const asked = await fetch(`${(await account(body.id)).qr_code_url}&format=json`)
    return asked.ok && ((await asked.json()) as { qr: string }).qr
  })
  await sandbox.control.scan(number, qr)
  await until('it is connected', async () => (await account(body.id)).status === 'connected')
  const asked = daemon.call('DELETE', `/v1/whatsapp/accounts/${body.id}`).catch(() => undefined)
  await until(
    'it is removed',
    async () => (await daemon.call('GET', `/v1/whatsapp/accounts/${body.id}`)).status === 404,
  )
  await daemon.kill()
  await asked
  await daemon.start()
  await daemon.connected()
  const kept = new Sqlite(join(daemon.dataDir, 'sessions.db'), { readonly: true })
  const rows = (table: string) =>
    kept.prepare(`select count(*) n from ${table} where account_id = ?`).get(Number(body.id.slice(4)))
  expect([rows('creds'), rows('signal_keys')]).toEqual([{ n: 0 }, { n: 0 }])
  kept.close()
}, 120_000)

test('X-09 after SIGKILL in the middle of calls, repeating each with its key leaves every message once', async () => {
  const to = '34611222444'
  await sandbox.control.createCustomer(to, { name: 'Eva' })
  const names = Array.from({ length: 40 }, (_, n) => `order-${n}`)
  const ask = (name: string) =>
    daemon.call<{ messageId: number }>(
      'POST',
      '/api/v1/send',
      { to, message: name },
      { 'idempotency-key': name },
    )
  for (let round = 0; round < 3; round++) {
    const asked = names.map((name) => ask(name).catch(() => undefined))
    await Promise.race(asked)
    await daemon.kill()
    await Promise.all(asked)
    await daemon.start()
    await daemon.connected()
  }
  const ids = await Promise.all(names.map(async (name) => (await ask(name)).body.messageId))
  expect(new Set(ids).size).toBe(names.length)
  const stored = await daemon.chat(`${to}@s.whatsapp.net`)
  expect(stored.map((message) => message.text).toSorted()).toEqual(names.toSorted())
}, 120_000)
