import { proto } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const world = useWorld()
const day = 86_400_000
const start = 1_790_000_000_000
const { HistorySyncType } = proto.HistorySync
const [full, recently] = [Number(HistorySyncType.FULL), Number(HistorySyncType.RECENT)]

/** A message a day, as many as that, the newest first. */
const days = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => ({ fromMe: n % 2 === 0, text: `d${n}`, timestamp: from - n * day }))

function chats() {
  return [
    {
      with: '34611111111',
      name: 'María',
      unread: 1,
      messages: [
        { fromMe: false, text: '¿Abrís mañana?', timestamp: start },
        { fromMe: true, text: 'Sí, a las nueve', timestamp: start + 1000 },
        { fromMe: false, text: 'Gracias', timestamp: start + 2000 },
      ],
    },
    {
      with: '5511999990000',
      name: 'João',
      addressing: 'lid' as const,
      messages: Array.from({ length: 700 }, (_, n) => ({
        fromMe: n % 2 === 0,
        text: `j${n}`,
        timestamp: start - n * day,
        onDemand: n > 650,
      })),
    },
    { with: '34633333333', name: 'Luz', messages: [{ fromMe: false, text: 'hola', timestamp: start }] },
  ]
}

test('chats, names and addresses come after the first login, and only then', async () => {
  world.phone.history = chats()
  const client = await world.client().link(world.phone)
  await until(() => client.history.some(({ progress }) => progress === 100))
  const messages = client.history.flatMap((each) => each.messages)
  const ids = new Set(messages.map(({ key }) => key.id))
  expect(ids.size).toBe(655)
  const contacts = client.history.flatMap((each) => each.contacts)
  expect(contacts).toContainEqual(
    expect.objectContaining({ id: '34611111111@s.whatsapp.net', notify: 'María' }),
  )
  const joao = world.sandbox.customer('5511999990000')
  const { lidMapping } = client.socket.signalRepository
  expect(await lidMapping.getPNForLID(`${joao.lid}@lid`)).toMatch(/^5511999990000(:0)?@s.whatsapp.net$/)
  const answer = messages.find(({ message }) => message?.conversation === 'Sí, a las nueve')
  expect(answer).toMatchObject({ key: { fromMe: true, remoteJid: '34611111111@s.whatsapp.net' } })
  await until(() => world.phone.devices()[0]?.pending === 0)
  await client.end()
  const again = await world.client(client.auth).open()
  expect(again.history).toEqual([])
})

test('a companion that asks for the whole history gets it after the recent part, a year of it', async () => {
  const now = Date.now()
  const old = { ...chats()[1]!, messages: days(now, 500) }
  world.phone.history = [
    old,
    { with: '34611111111', messages: [{ fromMe: false, text: 'hola', timestamp: now }] },
  ]
  const options = { syncFullHistory: true, shouldSyncHistoryMessage: () => true }
  const client = await world.client(undefined, options).link(world.phone)
  await until(() => client.history.some((each) => Number(each.syncType) === full && each.progress === 100))
  const texts = (found: typeof client.history) =>
    found.flatMap(({ messages }) => messages.map(({ message }) => message?.conversation))
  const recent = texts(client.history.filter(({ syncType }) => Number(syncType) === recently))
  expect([recent.includes('d89'), recent.includes('d90')]).toEqual([true, false])
  // The library passes on only what it has not heard before.
  const expected = ['hola', ...Array.from({ length: 365 }, (_, n) => `d${n}`)]
  expect(new Set(texts(client.history))).toEqual(new Set(expected))
})

test('a phone without chats says so, and its companion does not wait for more', async () => {
  const client = await world.client().link(world.phone)
  await until(() => client.history.some(({ progress }) => progress === 100))
  await until(() => client.auth.creds.myAppStateKeyId)
  await until(() => client.auth.creds.accountSyncCounter)
  expect(client.auth.creds.me?.name).toBe('Ana')
})

test('older messages come when asked for', async () => {
  world.phone.history = chats()
  const client = await world.client().link(world.phone)
  await until(() => client.history.some(({ progress }) => progress === 100))
  const joao = world.sandbox.customer('5511999990000')
  const key = { remoteJid: `${joao.lid}@lid`, fromMe: true, id: 'X' }
  await client.socket.fetchMessageHistory(10, key, start - 660 * day)
  const older = await until(() => client.history.find(({ syncType }) => Number(syncType) === 6))
  expect(older.messages.map(({ message }) => message?.conversation)).toEqual(
    Array.from({ length: 10 }, (_, n) => `j${n + 661}`),
  )
})

test('a chat can be changed once the key has come', async () => {
  const client = await world.client().link(world.phone)
  await until(() => client.auth.creds.myAppStateKeyId)
  const jid = `${world.maria.number}@s.whatsapp.net`
  await expect(client.socket.chatModify({ archive: true, lastMessages: [] }, jid)).resolves.toBeUndefined()
})
