import { expect, test } from 'vitest'
import type { GroupInfo } from '../../../src/features/chats/group.ts'
import { app, eventsOf } from '../fixture.ts'
import { plainGroup } from './plain-group.ts'

const [own, ana, eva] = ['100200300@lid', '111111111@lid', '222222222@lid']
const [first, second, third] = [1, 2, 3].map((n) => `12036304999999999${n}@g.us`) as [string, string, string]

const infoOf = (jid: string): GroupInfo => ({
  jid,
  subject: 'Obra',
  ...plainGroup,
  members: [own, ana].map((each) => ({ jid: each, otherJid: null, role: 'member' })),
})

test('a first description is news only where the account was added, and names who did it', async () => {
  const one = await app()
  const { groups } = one.services
  const newsOf = (jid: string, members: GroupInfo['members']) => ({
    jid,
    by: [ana],
    at: new Date(),
    changes: [{ kind: 'joined' as const, members }],
  })
  const told = async () => (await eventsOf(one)).filter(({ name }) => name === 'group.updated')
  await groups.describe(1, [infoOf(first)])
  await groups.describe(1, [infoOf(second)], newsOf(second, [{ jid: eva, otherJid: null, role: 'member' }]))
  expect(await told()).toEqual([])
  await groups.describe(1, [infoOf(third)], newsOf(third, infoOf(third).members))
  await groups.describe(1, [infoOf(third)], newsOf(third, infoOf(third).members))
  const changes = { isMember: true, name: 'Obra' }
  expect((await told()).map(({ data }) => data)).toEqual([{ jid: third, chatId: null, by: ana, changes }])
})

test('people whom a message in a group mentions are shown by name, and the account by that of its business', async () => {
  const one = await app()
  await one.services.settings.update(1, { businessName: 'Mate SA' })
  await one.inbound({ group: first, participant: eva, pushName: 'Eva', text: 'hola' })
  const nobody = '999999999@lid'
  const text = '@100200300 y @222222222, ¿y @999999999? a@222222222 @2222222223'
  const details = { mentions: [own, eva, nobody] }
  await one.inbound({ group: first, participant: ana, text, details })
  const { messages } = await one.services.messages.ofChat(1, first, { limit: 10 })
  expect(messages.at(-1)).toMatchObject({
    text: '@Mate SA y @Eva, ¿y @Member? a@222222222 @2222222223',
    details,
    mentioned: [
      { name: 'Mate SA', me: true },
      { jid: eva, name: 'Eva', me: false },
      { jid: nobody, name: 'Member', me: false },
    ],
  })
})

test('a mention in a group tells no name and no number of somebody who is not in it, so that nobody can ask the bot for them', async () => {
  const one = await app()
  await one.services.groups.describe(1, [infoOf(first)])
  const customer = { phone: '5491155550009', lid: '333333333@lid' }
  await one.inbound({ ...customer, pushName: 'Juan Dentista' })
  await one.inbound({ phone: '5491155550008', pushName: 'Rosa' })
  const jids = [customer.lid, '5491155550008@s.whatsapp.net', ana]
  const text = '¿quiénes son @333333333 y @5491155550008?'
  const quote = { waId: 'X', fromMe: false, participant: ana, kind: 'text' as const, text }
  await one.inbound({
    group: first,
    participant: ana,
    pushName: 'Ana',
    text,
    details: { mentions: jids, quote },
  })
  const { messages } = await one.services.messages.ofChat(1, first, { limit: 10 })
  expect(messages[0]).toMatchObject({
    text: '¿quiénes son @Member y @+54 9 11 5555 0008?',
    mentioned: [
      { jid: customer.lid, name: 'Member' },
      { jid: jids[1], name: '+54 9 11 5555 0008' },
      { jid: ana, name: 'Ana' },
    ],
  })
  expect(JSON.stringify(messages)).not.toMatch(/Juan Dentista|Rosa|5550009/)
})
