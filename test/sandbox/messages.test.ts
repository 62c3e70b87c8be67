import { expect, test } from 'vitest'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const world = useWorld()

const texts = {
  plain: 'hola',
  emoji: '👩‍👩‍👧‍👦🇪🇸 ¡qué tal! 🥘',
  'right to left': 'مرحبا بالعالم שלום',
  'line breaks': 'uno\n\ndos\r\n  tres\t!',
  '4096 characters': 'ñ'.repeat(4096),
}

test.each(Object.entries(texts))('text goes both ways: %s', async (_name, text) => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  const id = await maria.sendText(phone.number, text)
  const got = await until(() => client.message(text))
  expect(got.key).toMatchObject({
    remoteJid: `${maria.number}@s.whatsapp.net`,
    remoteJidAlt: `${maria.lid}@lid`,
    id,
  })
  expect(got.pushName).toBe('María')
  const answer = await client.send(maria.number, text)
  await until(() => maria.received.length === 1)
  expect(maria.received[0]).toMatchObject({
    id: answer,
    text,
    from: phone.number,
    device: 1,
    duplicate: false,
  })
})

test('a client writes first to a person of whom it knows only the number', async () => {
  const client = await world.client().link(world.phone)
  await until(() => client.history.some(({ progress }) => progress === 100))
  const luz = world.sandbox.customer('34633333333')
  const id = await client.send(luz.number, 'hola, Luz')
  await until(() => luz.received.length === 1)
  expect(luz.received).toMatchObject([{ id, text: 'hola, Luz' }])
})

test('a chat may be addressed by LID', async () => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  await maria.sendText(phone.number, 'por LID', { addressing: 'lid' })
  const got = await until(() => client.message('por LID'))
  expect(got.key).toMatchObject({
    remoteJid: `${maria.lid}@lid`,
    remoteJidAlt: `${maria.number}@s.whatsapp.net`,
  })
  const answer = await client.send(`${maria.lid}@lid`, 'te leo')
  await until(() => maria.received.length === 1)
  expect(maria.received[0]).toMatchObject({ id: answer, text: 'te leo', chat: `${maria.lid}@lid` })
  await until(() => client.status(answer) === 4)
})

test('a conversation changes its address in the middle', async () => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  for (const [index, addressing] of (['pn', 'lid', 'pn', 'lid'] as const).entries()) {
    await maria.sendText(phone.number, `m${index}`, { addressing })
    await until(() => client.message(`m${index}`))
    await client.send(addressing === 'pn' ? maria.number : `${maria.lid}@lid`, `r${index}`)
    await until(() => maria.received.length === index + 1)
  }
  expect(maria.received.map(({ text }) => text)).toEqual(['r0', 'r1', 'r2', 'r3'])
})

test('a customer hears that a message was delivered and read', async () => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  const id = await maria.sendText(phone.number, 'hola')
  const got = await until(() => client.message('hola'))
  await until(() => ['inactive', 'delivered'].includes(maria.statusOf(id) ?? ''))
  await client.socket.readMessages([got.key])
  expect(await until(() => maria.statusOf(id) === 'read')).toBeTruthy()
})

test('receipts of a customer come when their phone sends them', async () => {
  const { phone, maria } = world
  maria.setAuto({ deliver: false, read: false })
  const client = await world.client().link(phone)
  const id = await client.send(maria.number, 'hola')
  await until(() => client.acks.includes(id))
  expect(maria.received).toEqual([])
  expect(client.status(id)).toBeLessThan(3)
  maria.setAuto({ deliver: true })
  await until(() => client.status(id) === 3)
  expect(maria.received).toMatchObject([{ id }])
  await maria.read(id)
  await until(() => client.status(id) === 4)
})

test('a customer may answer automatically', async () => {
  const { phone, maria } = world
  maria.setAuto({ reply: (text) => `eco ${text}` })
  const client = await world.client().link(phone)
  await client.send(maria.number, 'hola')
  expect(await until(() => client.message('eco hola'))).toBeTruthy()
})

test('the phone decrypts its copy of everything that a companion sends', async () => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  for (let n = 1; n <= 5; n++) await client.send(maria.number, `n${n}`)
  await until(() => phone.inbox.length === 5)
  expect(phone.inbox).toMatchObject([1, 2, 3, 4, 5].map((n) => ({ text: `n${n}`, fromMe: true, device: 1 })))
  expect(phone.inbox[0]?.chat).toBe(`${maria.number}@s.whatsapp.net`)
})

test.each(['pn', 'lid'] as const)(
  'what is typed on the phone reaches customer and companion (%s)',
  async (addressing) => {
    const { phone, maria } = world
    const client = await world.client().link(phone)
    const id = await phone.sendText(maria.number, 'desde el móvil', { addressing })
    const copy = await until(() => client.message('desde el móvil'))
    const jid = addressing === 'pn' ? `${maria.number}@s.whatsapp.net` : `${maria.lid}@lid`
    const other = addressing === 'pn' ? `${maria.lid}@lid` : `${maria.number}@s.whatsapp.net`
    expect(copy.key).toMatchObject({ remoteJid: jid, remoteJidAlt: other, fromMe: true, id })
    expect(maria.received).toMatchObject([{ id, text: 'desde el móvil', device: 0, from: phone.number }])
    await until(() => client.status(id) === 4)
    await until(() => phone.devices()[0]?.pending === 0)
  },
)

test('the same id twice is counted as a duplicate', async () => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  const id = await client.send(maria.number, 'uno')
  await client.send(maria.number, 'uno', id)
  await until(() => maria.received.length === 2)
  expect(maria.received.map(({ duplicate }) => duplicate)).toEqual([false, true])
  expect(maria.duplicateCount).toBe(1)
})

test('a number that is marked as absent gets nothing, and onWhatsApp says so', async () => {
  const { phone, maria } = world
  world.sandbox.markAbsent('34699999999')
  const client = await world.client().link(phone)
  const answers = await client.socket.onWhatsApp(maria.number, '34699999999')
  expect(answers).toEqual([{ jid: `${maria.number}@s.whatsapp.net`, exists: true }])
  await client.send('34699999999', 'nadie')
  await until(() => phone.inbox.some(({ text }) => text === 'nadie'))
})

test('a number is found in its other spelling', async () => {
  const joao = world.sandbox.customer('551187654321')
  const juan = world.sandbox.customer('5491122334455')
  const client = await world.client().link(world.phone)
  const answers = await client.socket.onWhatsApp('5511987654321', '541122334455')
  expect(answers).toEqual(
    [joao, juan].map(({ number }) => ({ jid: `${number}@s.whatsapp.net`, exists: true })),
  )
})

test('every device of a customer gets a copy, and its keys keep working', async () => {
  const { phone, maria } = world
  maria.addDevice()
  const client = await world.client().link(phone)
  for (const text of ['a', 'b', 'c']) await client.send(maria.number, text)
  await until(() => maria.received.length === 3)
  expect(maria.duplicateCount).toBe(0)
})

test('two companions of an account see each other write', async () => {
  const { phone, maria } = world
  const first = await world.client().link(phone)
  const second = await world.client().link(phone)
  await first.send(maria.number, 'del primero')
  const copy = await until(() => second.message('del primero'))
  expect(copy.key).toMatchObject({ fromMe: true, remoteJid: `${maria.number}@s.whatsapp.net` })
  await maria.sendText(phone.number, 'a los dos')
  await until(() => first.message('a los dos') && second.message('a los dos'))
})

test('two accounts write to each other', async () => {
  const other = world.sandbox.phone('34600000002', { name: 'Bea' })
  const ana = await world.client().link(world.phone)
  const bea = await world.client().link(other)
  await ana.send(other.number, 'hola Bea')
  await until(() => bea.message('hola Bea'))
  await bea.send(world.phone.number, 'hola Ana')
  expect(await until(() => ana.message('hola Ana'))).toBeTruthy()
})

test('the limits of the account are told when asked', async () => {
  const { phone } = world
  const client = await world.client().link(phone)
  expect(await client.socket.fetchAccountReachoutTimelock()).toMatchObject({ isActive: false })
  phone.limits.reachoutTimelock = { active: true, endsAt: 1_900_000_000_000, type: 'WEB_COMPANION_ONLY' }
  phone.limits.newChatCap = { total: 50, used: 49, status: 'FIRST_WARNING' }
  expect(await client.socket.fetchAccountReachoutTimelock()).toEqual({
    isActive: true,
    timeEnforcementEnds: new Date(1_900_000_000_000),
    enforcementType: 'WEB_COMPANION_ONLY',
  })
  expect(await client.socket.fetchNewChatMessageCap()).toMatchObject({ total_quota: 50, used_quota: 49 })
})

test('pre-keys are asked for when they run low', async () => {
  const { phone } = world
  await world.client().link(phone)
  for (let n = 0; n < 815; n++) {
    await world.sandbox.customer(`3470000${String(n).padStart(4, '0')}`).sendText(phone.number, `k${n}`)
  }
  expect(await until(() => (phone.devices()[0]?.preKeys ?? 0) >= 5)).toBeTruthy()
})

test('typing is seen by those who subscribed, and the account is seen typing', async () => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  // Until its first synchronisation is over, the client merges events.
  await until(() => client.auth.creds.accountSyncCounter)
  const jid = `${maria.number}@s.whatsapp.net`
  const seen: string[] = []
  client.socket.ev.on('presence.update', ({ presences }) => {
    seen.push(...Object.values(presences).map(({ lastKnownPresence }) => lastKnownPresence))
  })
  await maria.type(phone.number, 'composing')
  await client.socket.presenceSubscribe(jid)
  await client.socket.sendPresenceUpdate('available')
  await until(() => seen.includes('unavailable'))
  expect(seen).toEqual(['unavailable'])
  await maria.type(phone.number, 'recording')
  await until(() => seen.length === 2)
  await maria.type(phone.number, 'paused')
  await until(() => seen.length === 3)
  expect(seen).toEqual(['unavailable', 'recording', 'available'])
  await client.socket.sendPresenceUpdate('composing', jid)
  await client.socket.sendPresenceUpdate('paused', jid)
  await until(() => maria.typing.length === 2)
  expect(maria.typing).toEqual(['composing', 'paused'])
})
