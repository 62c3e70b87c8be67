import { proto, type BaileysEventMap } from '@whiskeysockets/baileys'
import { beforeEach, expect, test } from 'vitest'
import { SandboxControl } from '../../src/sandbox/control/control-client.ts'
import type { Customer } from '../../src/sandbox/people/customer.ts'
import type { Group } from '../../src/sandbox/groups/group.ts'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const events: string[] = []
const world = useWorld({ log: (event) => events.push(event) })
const { CIPHERTEXT } = proto.WebMessageInfo.StubType
let luz: Customer

beforeEach(() => {
  events.length = 0
  luz = world.sandbox.customer('34622222222', { name: 'Luz' })
})

function makeGroup(addressing: 'pn' | 'lid' = 'lid', creator = world.maria.number): Group {
  const { sandbox, phone, maria } = world
  const settings = { subject: 'Horno', creator, addressing }
  return sandbox.network.groups.create(settings, [phone.number, maria.number, luz.number])
}

test.each(['pn', 'lid'] as const)('messages go both ways in a group of %s addresses', async (addressing) => {
  const { phone, maria } = world
  const group = makeGroup(addressing)
  const client = await world.client().link(phone)
  const [jid, alt] =
    addressing === 'lid'
      ? [`${maria.lid}@lid`, `${maria.number}@s.whatsapp.net`]
      : [`${maria.number}@s.whatsapp.net`, `${maria.lid}@lid`]
  for (const n of [1, 2, 3]) await maria.sendText(group.id, `m${n}`)
  await luz.sendText(group.id, 'de Luz')
  await until(() => client.message('m3') && client.message('de Luz'))
  expect(client.texts().toSorted()).toEqual(['de Luz', 'm1', 'm2', 'm3'])
  expect(client.message('m1')).toMatchObject({
    pushName: 'María',
    key: { remoteJid: group.id, participant: jid, participantAlt: alt, fromMe: false },
  })
  for (const n of [1, 2, 3]) await client.send(group.id, `r${n}`)
  await until(() => maria.received.length === 4 && luz.received.length === 6)
  expect(maria.received.map(({ text, group: at }) => [text, at])).toEqual([
    ['de Luz', group.id],
    ['r1', group.id],
    ['r2', group.id],
    ['r3', group.id],
  ])
  await until(() => phone.inbox.filter(({ fromMe }) => fromMe).length === 3)
  expect([maria.duplicateCount, luz.duplicateCount]).toEqual([0, 0])
  // Everything could be read at once: nobody had to ask again.
  expect(client.messages.some(({ messageStubType }) => messageStubType === CIPHERTEXT)).toBe(false)
  expect(events).not.toContain('message_not_decrypted')
})

test('receipts come from each member', async () => {
  const { phone, maria } = world
  const group = makeGroup()
  luz.setAuto({ read: false })
  const client = await world.client().link(phone)
  // An early receipt is merged into the message itself.
  const updates: BaileysEventMap['message-receipt.update'] = []
  client.socket.ev.on('message-receipt.update', (more) => updates.push(...more))
  const receipts = (id: string, userJid: string) =>
    [
      ...updates.filter(({ key }) => key.id === id).map(({ receipt }) => receipt),
      ...client.messages.filter(({ key }) => key.id === id).flatMap(({ userReceipt }) => userReceipt ?? []),
    ].filter((receipt) => receipt.userJid === userJid)
  const id = await client.send(group.id, 'a todas')
  await until(() => receipts(id, `${maria.lid}@lid`).some(({ readTimestamp }) => readTimestamp))
  await until(() => receipts(id, `${luz.lid}@lid`).some(({ receiptTimestamp }) => receiptTimestamp))
  expect(receipts(id, `${luz.lid}@lid`).some(({ readTimestamp }) => readTimestamp)).toBe(false)
  await luz.read(id)
  await until(() => receipts(id, `${luz.lid}@lid`).some(({ readTimestamp }) => readTimestamp))
  const sent = await maria.sendText(group.id, 'leed')
  const got = await until(() => client.message('leed'))
  await client.socket.readMessages([got.key])
  await until(() => maria.statusOf(sent) === 'read')
})

test('a client learns of its groups, their members and every change', async () => {
  const { phone, maria, sandbox } = world
  const group = makeGroup()
  const other = world.sandbox.phone('34600000002', { name: 'Bea' })
  const client = await world.client().link(phone)
  const bea = await world.client().link(other)
  const seen: string[] = []
  for (const [name, each] of Object.entries({ ana: client, bea })) {
    each.socket.ev.on('group-participants.update', ({ action, participants }) =>
      seen.push(`${name} ${action} ${participants.map(({ id }) => id).join(',')}`),
    )
    each.socket.ev.on('groups.update', (updates) =>
      seen.push(...updates.filter(({ subject }) => subject).map(({ subject }) => `${name} ${subject}`)),
    )
    each.socket.ev.on('groups.upsert', (made) =>
      seen.push(...made.map(({ subject }) => `${name} + ${subject}`)),
    )
  }
  expect(await client.socket.groupMetadata(group.id)).toMatchObject({
    id: group.id,
    subject: 'Horno',
    addressingMode: 'lid',
    owner: `${maria.lid}@lid`,
    size: 3,
    participants: [
      { id: `${maria.lid}@lid`, phoneNumber: `${maria.number}@s.whatsapp.net`, admin: 'superadmin' },
      { id: `${phone.lid}@lid`, admin: null },
      { id: `${luz.lid}@lid`, admin: null },
    ],
  })
  expect(Object.keys(await client.socket.groupFetchAllParticipating())).toEqual([group.id])
  await expect(bea.socket.groupMetadata(group.id)).rejects.toThrow('forbidden')
  const { groups } = sandbox.network
  const actor = sandbox.network.member(maria.number)
  groups.changeMembers(group, actor, 'add', [sandbox.network.member(other.number)])
  await until(() => seen.includes('bea + Horno'))
  groups.changeMembers(group, actor, 'promote', [sandbox.network.member(phone.number)])
  groups.setSubject(group, actor, 'Obrador')
  await until(() => seen.includes('bea Obrador') && seen.includes('ana Obrador'))
  expect(seen).toContain(`ana add ${other.lid}@lid`)
  expect(seen).toContain(`ana promote ${phone.lid}@lid`)
  await client.socket.groupParticipantsUpdate(group.id, [`${luz.lid}@lid`], 'remove')
  await until(() => seen.includes(`bea remove ${luz.lid}@lid`))
  await client.send(group.id, 'sin Luz')
  await until(() => maria.received.some(({ text }) => text === 'sin Luz') && bea.message('sin Luz'))
  expect(luz.received).toEqual([])
})

test('a client makes a group, describes it and leaves', async () => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  const made = await client.socket.groupCreate('Nuevo', [`${maria.number}@s.whatsapp.net`])
  expect(made.participants.map(({ id }) => id)).toEqual([`${phone.lid}@lid`, `${maria.lid}@lid`])
  await client.socket.groupUpdateDescription(made.id, 'Pan y bollos')
  await client.socket.groupSettingUpdate(made.id, 'announcement')
  expect(await client.socket.groupMetadata(made.id)).toMatchObject({ desc: 'Pan y bollos', announce: true })
  const code = await client.socket.groupInviteCode(made.id)
  expect(await client.socket.groupGetInviteInfo(code ?? '')).toMatchObject({ subject: 'Nuevo' })
  await client.send(made.id, 'hola')
  await until(() => maria.received.length === 1)
  await client.socket.groupLeave(made.id)
  await expect(client.socket.groupMetadata(made.id)).rejects.toThrow('forbidden')
  const id = await client.socket.sendMessage(made.id, { text: 'ya no' }).catch(() => undefined)
  expect(id).toBeUndefined()
})

test('a member who lost the keys asks again, and the others do not see the message twice', async () => {
  const { phone, maria } = world
  const group = makeGroup()
  const client = await world.client().link(phone)
  await client.send(group.id, 'uno')
  await until(() => maria.received.length === 1 && luz.received.length === 1)
  maria.forgetSessions()
  const id = await client.send(group.id, 'dos')
  await until(() => maria.received.length === 2)
  expect(maria.received[1]).toMatchObject({ id, text: 'dos', group: group.id, duplicate: false })
  await client.send(group.id, 'tres')
  await until(() => maria.received.length === 3 && luz.received.length === 3)
  expect([maria.duplicateCount, luz.duplicateCount]).toEqual([0, 0])
})

test('a client that cannot read a message of a group asks its writer again', async () => {
  const { phone, maria, sandbox } = world
  const group = makeGroup()
  const client = await world.client().link(phone)
  await maria.sendText(group.id, 'uno')
  await until(() => client.message('uno'))
  sandbox.faults.corrupt(1)
  const id = await maria.sendText(group.id, 'dos')
  const got = await until(() => client.message('dos'))
  expect(got.key).toMatchObject({ id, remoteJid: group.id, participant: `${maria.lid}@lid` })
  await maria.sendText(group.id, 'tres')
  await until(() => client.message('tres'))
  sandbox.faults.withhold(1)
  await maria.sendText(group.id, 'cuatro')
  const fetched = await until(() => client.message('cuatro'))
  expect(fetched.key).toMatchObject({ remoteJid: group.id, participant: `${maria.lid}@lid` })
})

test('two companions and two accounts read each other in a group, and what is typed on the phone', async () => {
  const { phone } = world
  const other = world.sandbox.phone('34600000002', { name: 'Bea' })
  const group = makeGroup()
  const { groups } = world.sandbox.network
  groups.changeMembers(group, world.sandbox.network.member(luz.number), 'add', [
    world.sandbox.network.member(other.number),
  ])
  const [first, second, bea] = [
    await world.client().link(phone),
    await world.client().link(phone),
    await world.client().link(other),
  ]
  await first.send(group.id, 'del primero')
  await until(() => second.message('del primero') && bea.message('del primero'))
  expect(second.message('del primero')?.key).toMatchObject({ fromMe: true, remoteJid: group.id })
  await bea.send(group.id, 'de Bea')
  await until(() => first.message('de Bea') && second.message('de Bea'))
  await phone.sendText(group.id, 'desde el móvil')
  await until(() => first.message('desde el móvil') && bea.message('desde el móvil'))
  expect(first.message('desde el móvil')?.key.fromMe).toBe(true)
  expect(bea.message('desde el móvil')?.key).toMatchObject({ participant: `${phone.lid}@lid`, fromMe: false })
  await until(() => luz.received.length === 3)
})

test('a group survives a restart of the sandbox', () => {
  const group = makeGroup()
  const saved = world.sandbox.network.save(true)
  const again = structuredClone(saved.groups ?? [])
  world.sandbox.network.groups.load(again)
  expect(world.sandbox.network.groups.get(group.id).save()).toEqual(group.save())
})

test('groups are steered through the control API', async () => {
  const { phone, maria, sandbox } = world
  const api = new SandboxControl(sandbox.controlUrl)
  const client = await world.client().link(phone)
  const made = await api.createGroup({
    subject: 'Control',
    creator: maria.number,
    members: [phone.number],
    hideNumbers: true,
  })
  await api.sendAsCustomer(maria.number, made.id, 'hola, grupo')
  const got = await until(() => client.message('hola, grupo'))
  expect(got.key).toMatchObject({ remoteJid: made.id, participant: `${maria.lid}@lid` })
  expect(got.key.participantAlt).toBeUndefined()
  await api.changeMembers(made.id, 'add', [luz.number])
  const changed = await api.changeGroup(made.id, { subject: 'Otro', description: 'De todo' })
  expect(changed.members.map(({ number }) => number)).toEqual([maria.number, phone.number, luz.number])
  const metadata = await client.socket.groupMetadata(made.id)
  expect(metadata).toMatchObject({ subject: 'Otro', desc: 'De todo' })
  expect(metadata.participants.some(({ phoneNumber }) => phoneNumber)).toBe(false)
  await client.send(made.id, 'contestado')
  const page = await until(async () => {
    const received = await api.received(luz.number)
    return received.total === 1 && received
  })
  expect(page.messages[0]).toMatchObject({ text: 'contestado', group: made.id, chat: made.id })
  await api.changeMembers(made.id, 'remove', [phone.number])
  await expect(client.socket.groupMetadata(made.id)).rejects.toThrow('forbidden')
  expect((await api.groups()).length).toBe(1)
  await expect(api.group('1@g.us')).rejects.toThrow('No group')
  await expect(api.sendAsCustomer(luz.number, '1@g.us', 'x')).rejects.toThrow('No group')
})

test('members other than administrators are refused where only administrators write', async () => {
  const { phone, maria, sandbox } = world
  const group = makeGroup()
  const client = await world.client().link(phone)
  const api = new SandboxControl(sandbox.controlUrl)
  await api.changeGroup(group.id, { announce: true })
  const id = await client.send(group.id, '¿puedo?')
  await until(() => client.badAcks.some((ack) => ack.id === id && ack.error === '403'))
  await api.changeMembers(group.id, 'promote', [phone.number])
  await client.send(group.id, 'ahora sí')
  await until(() => maria.received.length === 1)
  expect(maria.received.map(({ text }) => text)).toEqual(['ahora sí'])
})
