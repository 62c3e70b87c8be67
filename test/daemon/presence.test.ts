import { afterAll, expect, test } from 'vitest'
import { ModelServer } from '../../src/sandbox/model-server.ts'
import { account } from '../support/processes.ts'
import { sharedScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

const juan = '5491112345678'
const lucia = '5491155556666'

const model = await new ModelServer(() => ({ text: 'Hola, dime en qué te puedo ayudar.' })).start()
afterAll(() => model.stop())
const { sandbox, daemon } = await sharedScene({
  customers: { [juan]: 'Juan', [lucia]: 'Juan' },
  env: {
    ZAGUAN_LLM__BASE_URL: model.baseUrl,
    ZAGUAN_LLM__MODEL: 'scripted',
    // Longer than a busy machine needs to bring the news that somebody types.
    ZAGUAN_BOT__PATIENCE_SECONDS: '3',
    ZAGUAN_WHATSAPP__STATUS_POSTS: 'true',
    ZAGUAN_WHATSAPP__CHANNELS: 'true',
  },
})

const unread = async (jid: string) =>
  (await daemon.call<{ unreadCount: number }>('GET', `/api/v1/chats/${jid}`)).body.unreadCount
const post = (path: string, body: object = {}) => daemon.call<Record<string, unknown>>('POST', path, body)
const isOnline = async () => (await sandbox.control.connections()).some(({ available }) => available)
const sees = async (number: string) => (await sandbox.control.customer(number)).sees

test('a caller who reads through the API clears the chat’s count and shows the sender that it was read', async () => {
  const ids: string[] = []
  for (const n of [1, 2, 3]) ids.push(await sandbox.control.sendAsCustomer(juan, account, `m${n}`))
  await until('three are unread', async () => (await unread(juan)) === 3)
  expect((await post(`/api/v1/chats/${juan}/read`)).body).toEqual({
    success: true,
    jid: `${juan}@s.whatsapp.net`,
    read: 3,
    told: true,
  })
  expect(await unread(juan)).toBe(0)
  await until('Juan sees it', async () => {
    const { statuses } = await sandbox.control.statuses(juan, ids)
    return ids.every((id) => statuses[id] === 'read')
  })
  expect((await post(`/api/v1/chats/${juan}/read`)).body).toMatchObject({ read: 0 })
  expect((await post('/api/v1/chats/5491100000000/read')).status).toBe(404)
})

test('messages of a group that are read through the API are shown as read to each writer', async () => {
  const group = await sandbox.control.createGroup({ subject: 'G', creator: juan, members: [account, lucia] })
  const one = await sandbox.control.sendAsCustomer(juan, group.id, 'uno')
  const two = await sandbox.control.sendAsCustomer(lucia, group.id, 'dos')
  await until('two are unread', async () => (await unread(group.id)) === 2)
  expect((await post(`/api/v1/chats/${group.id}/read`)).body).toMatchObject({ read: 2 })
  await until(
    'Juan sees it',
    async () => (await sandbox.control.statuses(juan, [one])).statuses[one] === 'read',
  )
  await until(
    'so does Lucía',
    async () => (await sandbox.control.statuses(lucia, [two])).statuses[two] === 'read',
  )
})

test('what the owner reads or marks on the phone counts here', async () => {
  for (const text of ['a', 'b']) await sandbox.control.sendAsCustomer(lucia, account, text)
  await until('two are unread', async () => (await unread(lucia)) === 2)
  await sandbox.control.readOnPhone(account, lucia)
  await until('none is', async () => (await unread(lucia)) === 0)
  await sandbox.control.changeChat(account, { with: lucia, read: false })
  await until('the owner wants to come back to it', async () => (await unread(lucia)) === 1)
  await sandbox.control.changeChat(account, { with: lucia, read: true })
  await until('and has', async () => (await unread(lucia)) === 0)
})

test('typing is shown until it is switched off or its time is over, and the account does not stay online', async () => {
  expect((await post(`/api/v1/chats/${juan}/typing`, { seconds: 60 })).body).toMatchObject({ typing: true })
  await until('Juan sees it', async () => (await sees(juan)) === 'composing')
  expect(await isOnline()).toBe(true)
  await post(`/api/v1/chats/${juan}/typing`, { on: false })
  await until('and no more', async () => (await sees(juan)) === 'paused')
  await until('the phone rings again', async () => !(await isOnline()))
  await post(`/api/v1/chats/${juan}/typing`, { seconds: 1 })
  await until('Juan sees it', async () => (await sees(juan)) === 'composing')
  await until('it ends by itself', async () => (await sees(juan)) === 'paused')
  await until('the phone rings again', async () => !(await isOnline()))
  expect((await post(`/api/v1/chats/${juan}/typing`, { seconds: 61 })).status).toBe(400)
})

test('the bot lets a customer who is typing finish, and answers once', async () => {
  await daemon.call('PATCH', `/api/v1/chats/${lucia}`, { botEnabled: true })
  await sandbox.control.sendAsCustomer(lucia, account, 'Hola, quería preguntar')
  await until('the daemon listens', isOnline)
  await sandbox.control.type(lucia, account, 'composing')
  const due = Date.now() + 3500
  await until('silence alone would have ended the patience', () => Date.now() > due)
  expect(model.requests).toHaveLength(0)
  await sandbox.control.sendAsCustomer(lucia, account, 'si abren el sábado')
  await until('the answer comes', async () =>
    (await sandbox.control.received(lucia)).messages.some(({ text }) => text.includes('ayudar')),
  )
  expect(model.requests).toHaveLength(1)
  const asked = JSON.stringify(model.requests[0])
  expect(asked).toContain('quería preguntar')
  expect(asked).toContain('si abren el sábado')
})

test('status posts and channels, once they are switched on, are kept and shown, and get no answer', async () => {
  const asked = model.requests.length
  const channel = '120363099999999999'
  const posts = async (jid: string) =>
    (
      (await daemon.chat(jid).catch(() => [])) as { text: string; sender?: { jid: string; name: string } }[]
    ).map(({ text, sender }) => [text, sender?.jid])
  const name = `Ofertas\u202E\n${'x'.repeat(5000)}`
  await sandbox.control.nameChannel(channel, name)
  const first = await sandbox.control.postStatus(juan, account, 'de viaje')
  await until('it is kept', async () => (await posts('status@broadcast')).length === 1)
  const { body } = await daemon.call<{ botEnabled: boolean }>('PATCH', '/api/v1/chats/status@broadcast', {
    botEnabled: true,
  })
  expect(body).toMatchObject({ botEnabled: true })
  await sandbox.control.postStatus(lucia, account, 'oferta', { addressing: 'pn' })
  for (const text of ['uno', 'dos']) await sandbox.control.postInChannel(channel, account, text)
  const inChannel = `${channel}@newsletter`
  for (const jid of ['status@broadcast', inChannel]) {
    await until('all is kept', async () => (await posts(jid)).length === 2)
  }
  expect(await posts('status@broadcast')).toEqual([
    ['de viaje', `${juan}@s.whatsapp.net`],
    ['oferta', `${lucia}@s.whatsapp.net`],
  ])
  expect(await posts(inChannel)).toEqual([
    ['uno', undefined],
    ['dos', undefined],
  ])
  const nameOf = async (jid: string) =>
    (await daemon.call<{ name: string }>('GET', `/api/v1/chats/${jid}`)).body.name
  await until('the channel’s name is known', async () => (await nameOf(inChannel)).startsWith('Ofertas'))
  expect(await nameOf(inChannel)).toMatch(/^Ofertas x+$/)
  expect((await nameOf(inChannel)).length).toBeLessThanOrEqual(200)
  const mexQueries = async () => (await sandbox.control.phone(account)).queries['w:mex get query'] ?? 0
  const queries = await mexQueries()
  await until('Juan’s is settled', async () => {
    const { statuses } = await sandbox.control.statuses(juan, [first])
    return statuses[first] === 'inactive' || statuses[first] === 'delivered'
  })
  // Neither makes a customer or a conversation, nothing can be sent there, and the writers are not told who looks.
  const { body: cases } = await daemon.call<{ data: { userPhone: string }[] }>('GET', '/api/v1/conversations')
  expect(cases.data.length).toBeLessThanOrEqual(2)
  for (const jid of ['status@broadcast', inChannel]) {
    expect((await post('/api/v1/send', { to: jid, message: 'hola' })).status).toBe(400)
    expect((await post(`/api/v1/chats/${jid}/typing`)).status).toBe(409)
    expect((await post(`/api/v1/chats/${jid}/read`)).body).toMatchObject({ read: 2, told: false })
    const [{ id } = { id: 0 }] = (await daemon.chat(jid)) as { id: number }[]
    expect((await post(`/api/v1/messages/${id}/reaction`, { emoji: '👍' })).status).toBe(409)
  }
  // The owner's own is known as such, though it comes from a LID.
  await sandbox.control.postOwnStatus(account, 'del local')
  const own = await until('it is kept', async () => {
    const all = (await daemon.chat('status@broadcast')) as { text: string; direction: string }[]
    return all.find(({ text }) => text === 'del local')
  })
  expect(own.direction).toBe('outgoing')
  // A further post does not look up the channel's name again.
  await sandbox.control.postInChannel(channel, account, 'tres')
  await until('it is kept', async () => (await posts(inChannel)).length === 3)
  expect(await mexQueries()).toBe(queries)
  // The bot follows the log in order: once it answers a customer, it has passed the posts.
  await daemon.call('PATCH', `/api/v1/chats/${juan}`, { botEnabled: true })
  const before = (await sandbox.control.received(juan, 0, 0)).total
  await sandbox.control.sendAsCustomer(juan, account, '¿Están?')
  await until('the bot answers Juan', async () => (await sandbox.control.received(juan, 0, 0)).total > before)
  expect(model.requests.length).toBe(asked + 1)
})
