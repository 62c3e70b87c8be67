import { afterEach, beforeEach, expect, test } from 'vitest'
import { insertAccount, setAccountRemoved } from '../../../src/features/accounts/queries/accounts.ts'
import { webhookSummary } from '../../../src/features/webhooks/queries/deliveries-log.ts'
import { keyWith } from '../access/keys.ts'
import { until } from '../../support/until.ts'
import { Scene, base } from './fixture.ts'

let scene: Scene
beforeEach(async () => void (scene = await Scene.start()))
afterEach(() => scene.stop())

async function addAccount(name: string): Promise<number> {
  const account = { network: 'whatsapp', name, at: new Date() } as const
  return (await scene.app.store.write((trx) => insertAccount(trx, account))).id
}
const contents = () => scene.receiver.got.map(({ json }) => (json['data'] as { content: string }).content)

test('a webhook that a key of all accounts makes without accountId hears all accounts, including later ones', async () => {
  const second = await addAccount('Second')
  await scene.app.inbound({ text: 'before', account: second })
  const { id } = await scene.create()
  expect(await scene.get(id)).toMatchObject({ accountId: null })
  await scene.app.inbound({ text: 'first' })
  await scene.app.inbound({ text: 'second', account: second })
  const third = await addAccount('Third')
  await scene.app.inbound({ text: 'third', account: third })
  await until('all came', () => scene.receiver.got.length === 3)
  expect(contents().toSorted()).toEqual(['first', 'second', 'third'])
  await until('all are written down', async () => (await scene.get(id))['pending'] === 0)
})

test('events of several accounts with the same numbers are all delivered, except those that came while the webhook was off', async () => {
  const second = await addAccount('Second')
  const { id } = await scene.create()
  const toggle = (isActive: boolean) => scene.client.post(`${base}/${id}/toggle`, { isActive })
  for (let n = 0; n < 5; n++) {
    await scene.app.inbound({ text: `a ${n}` })
    await scene.app.inbound({ text: `b ${n}`, account: second })
  }
  await until('all came', () => scene.receiver.got.length === 10)
  for (const chat of ['a', 'b']) {
    const own = contents().filter((text) => text.startsWith(chat))
    expect(own).toEqual([0, 1, 2, 3, 4].map((n) => `${chat} ${n}`))
  }
  await toggle(false)
  const third = await addAccount('Third')
  for (const account of [1, second, third]) await scene.app.inbound({ text: 'meanwhile', account })
  await toggle(true)
  for (const account of [1, second, third]) await scene.app.inbound({ text: `after ${account}`, account })
  await until('those after came', () => scene.receiver.got.length === 13)
  expect(contents().slice(10).toSorted()).toEqual(['after 1', `after ${second}`, `after ${third}`])
})

test('an outage of its receiver is one outage, whichever account the deliveries are from', async () => {
  const second = await addAccount('Second')
  const { id } = await scene.create()
  await scene.receiver.down()
  await scene.app.inbound({ text: 'a' })
  await scene.app.inbound({ text: 'b', account: second })
  await until('it is seen to be down', async () => (await scene.get(id))['down'] === true)
  await scene.receiver.up()
  await until('both came', () => scene.receiver.got.length === 2, 20_000)
  await until('it is well', async () => (await scene.get(id))['failingSince'] === null)
})

test('what waits for a webhook of all accounts is reported once, also when the account of its key is gone', async () => {
  const { id } = await scene.create({ url: 'http://127.0.0.1:9/' })
  const second = await addAccount('Second')
  await scene.app.inbound({ text: 'waits', account: second })
  await until('it waits', async () => (await scene.get(id))['down'] === true)
  const waiting = async (account: number) => (await webhookSummary(scene.app.store.read, account)).pending
  expect([await waiting(1), await waiting(second)]).toEqual([1, 0])
  await scene.app.store.write((trx) => setAccountRemoved(trx, 1, new Date()))
  expect([await waiting(1), await waiting(second)]).toEqual([0, 1])
})

test('a webhook that names an account hears that account alone, and a key of one account sees no webhook of all of them', async () => {
  const second = await addAccount('Second')
  const all = await scene.create()
  const one = await scene.create({ accountId: second, events: ['message.*'] })
  expect(await scene.get(one.id)).toMatchObject({ accountId: second })
  const key = await keyWith(scene.app, ['read:webhooks', 'write:webhooks'])
  expect((await scene.client.get(`${base}/${all.id}`, { key })).status).toBe(404)
  expect((await scene.client.get(base, { key })).json).toEqual([])
  const mine = await scene.client.post(
    base,
    { name: 'Mine', url: scene.receiver.url, events: ['message.received'] },
    { key },
  )
  expect(mine.json).toMatchObject({ accountId: 1 })
  const unknown = await scene.client.post(base, {
    name: 'Nobody',
    url: scene.receiver.url,
    events: ['*'],
    accountId: 99,
  })
  expect(unknown.status).toBe(404)
})

test('all events since a time are delivered again for every account, and a number of one log is refused', async () => {
  const second = await addAccount('Second')
  const { id } = await scene.create()
  await scene.app.inbound({ text: 'a' })
  await scene.app.inbound({ text: 'b', account: second })
  await until('both are written down', async () => {
    return scene.receiver.got.length === 2 && (await scene.get(id))['pending'] === 0
  })
  const refused = await scene.client.post(`${base}/${id}/replay`, { afterSeq: 0 })
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('use since')])
  const since = new Date(Date.now() - 60_000).toISOString()
  const answer = await scene.client.post(`${base}/${id}/replay`, { since })
  expect(answer.json).toMatchObject({ queued: 2 })
  await until('both came again', () => scene.receiver.got.length === 4)
})
