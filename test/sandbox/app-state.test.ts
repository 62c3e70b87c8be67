import { expect, test } from 'vitest'
import { SandboxControl } from '../../src/sandbox/control/control-client.ts'
import type { Client } from './support/client.ts'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const world = useWorld()

/** Links a client and waits for its first synchronisation, until which patches are merged. */
async function linked(): Promise<Client> {
  const client = await world.client().link(world.phone)
  await until(() => client.auth.creds.accountSyncCounter)
  return client
}

function namesOf(client: Client): Map<string, string | undefined> {
  const names = new Map<string, string | undefined>()
  client.socket.ev.on('contacts.upsert', (contacts) => {
    for (const { id, name } of contacts) names.set(id, name)
  })
  return names
}

test('companions learn names from the address book', async () => {
  const { phone, maria, sandbox } = world
  const luz = sandbox.customer('34622222222')
  const first = await linked()
  const names = namesOf(first)
  await phone.addContacts([{ number: maria.number, name: 'María del Horno' }])
  await until(() => names.get(`${maria.number}@s.whatsapp.net`) === 'María del Horno')
  const api = new SandboxControl(sandbox.controlUrl)
  await api.addContacts(phone.number, [
    { number: maria.number, name: 'María Pérez', firstName: 'María' },
    { number: luz.number, name: 'Luz' },
  ])
  await until(() => names.get(`${luz.number}@s.whatsapp.net`) === 'Luz')
  expect(names.get(`${maria.number}@s.whatsapp.net`)).toBe('María Pérez')
})

test('a companion that is linked later learns the names, too', async () => {
  const { phone, maria } = world
  await phone.addContacts([{ number: maria.number, name: 'María del Horno' }])
  const client = world.client().connect()
  await phone.scan(await until(() => client.qrs.at(-1)))
  await until(() => client.closed.includes(515))
  client.connect()
  const names = namesOf(client)
  expect(await until(() => names.get(`${maria.number}@s.whatsapp.net`))).toBe('María del Horno')
})

test('what one companion does to a chat, the other and the phone see', async () => {
  const { phone, maria } = world
  const [first, second] = [await linked(), await linked()]
  const jid = `${maria.number}@s.whatsapp.net`
  const seen: unknown[] = []
  second.socket.ev.on('chats.update', (updates) => seen.push(...updates))
  await first.socket.chatModify({ pin: true }, jid)
  await until(() => seen.some((update) => JSON.stringify(update).includes('"pinned"')))
  await second.socket.chatModify({ mute: 1_900_000_000_000 }, jid)
  await first.socket.chatModify({ pin: false }, jid)
  const entries = await phone.appState()
  expect(entries).toContainEqual(
    expect.objectContaining({ collection: 'regular_low', index: ['pin_v1', jid] }),
  )
  expect(entries.find(({ index }) => index[0] === 'mute')?.action).toMatchObject({
    muteAction: { muted: true },
  })
})

test('what is done on the phone, companions see, after a restart as well', async () => {
  const { phone, maria, sandbox } = world
  const client = await linked()
  const jid = `${maria.number}@s.whatsapp.net`
  const seen: string[] = []
  client.socket.ev.on('chats.update', (updates) => seen.push(...updates.map((each) => JSON.stringify(each))))
  const api = new SandboxControl(sandbox.controlUrl)
  await client.socket.chatModify({ archive: true, lastMessages: [] }, jid)
  await api.changeChat(phone.number, { with: maria.number, pinned: true })
  await api.changeChat(phone.number, { with: maria.number, mutedUntil: 1_900_000_000_000 })
  await until(() => seen.some((each) => each.includes('"muteEndTime"')))
  const kinds = (await api.appState(phone.number)).map(({ index }) => index[0])
  expect(new Set(kinds)).toEqual(new Set(['archive', 'mute', 'pin_v1']))
  const saved = sandbox.network.save(true).accounts.find(({ number }) => number === phone.number)
  expect(saved?.collections).toMatchObject({
    regular_low: expect.any(Array),
    regular_high: [expect.any(String)],
  })
  await expect(api.changeChat(phone.number, { with: maria.number })).rejects.toThrow('at least one of')
})

test('a companion that has not read the latest changes is refused', async () => {
  const { phone, maria } = world
  const client = await linked()
  await phone.changeChat(maria.number, { pin: true })
  const collection = {
    tag: 'collection',
    attrs: { name: 'regular_low', version: '0', return_snapshot: 'false' },
    content: [{ tag: 'patch', attrs: {}, content: Buffer.alloc(0) }],
  }
  const answer = await client.socket.query({
    tag: 'iq',
    attrs: { to: '@s.whatsapp.net', type: 'set', xmlns: 'w:sync:app:state' },
    content: [{ tag: 'sync', attrs: {}, content: [collection] }],
  })
  expect(JSON.stringify(answer)).toContain('"409"')
})
