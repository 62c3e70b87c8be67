import { hkdfSync } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MessageDetails } from '../../../src/core/message-body.ts'
import type { ChatAddress } from '../../../src/core/chat-address.ts'
import type { IncomingChange, IncomingMessage } from '../../../src/core/messages/incoming.ts'
import type { Message } from '../../../src/features/messages/message.ts'
import type { Sealed } from '../../../src/core/messages/sealed.ts'
import { revisionsOf } from '../../../src/features/messages/queries/message-changes.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { contradictionsIn } from '../consistency.ts'
import { juan, lid } from '../fixture.ts'
import { eventsAbout, sealWith, secret } from './sealing.ts'
import { detailsOf } from '../../support/details.ts'
import { protosOf } from '../../support/rows/messages.ts'

const phone = '5491112345678'
const own = '5491138620812@s.whatsapp.net'
const person: ChatAddress = { kind: 'person', phone, lid: null, group: null }
const { Type } = proto.Message.ProtocolMessage
type Use = 'Message Edit' | 'Event Edit' | 'Event Response' | 'Enc Reaction'

const start = Date.now()
let app: TestApp
let count = 0
let waId: string

beforeAll(async () => {
  app = await startTestApp({ keepFormer: true })
})
afterAll(() => app.stop())
beforeEach(() => (waId = `S${++count}`))

/** As a phone seals it, from the derivation written once more. */
function seal(use: Use, plain: Uint8Array, author: string, maker: string): Sealed {
  const info = `${waId}${author}${maker}${use}`
  const key = Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64'), Buffer.alloc(0), info, 32))
  return sealWith(key, plain, use === 'Event Response' ? `${waId}\0${maker}` : '')
}

interface About {
  author?: string
  maker?: string
  chat?: ChatAddress
  by?: string[]
  fromMe?: boolean
  /** The target message's author, if the key names one. */
  participant?: string
}

/** Delivers a sealed change twice. @returns its own id */
async function comesSealed(use: Use, plain: Uint8Array, about: About = {}): Promise<string> {
  const { author = juan, maker = juan, chat = person, by = [], fromMe = false, participant = null } = about
  const id = `X${++count}`
  const at = new Date(start + count * 1000)
  const target = { waId, fromMe: false, participant }
  const change = { kind: 'sealed', target, use, sealed: seal(use, plain, author, maker) } as const
  const sealed: IncomingChange = { chat, waId: id, fromMe, by, at, origin: 'live', change }
  const message: IncomingMessage = {
    chat,
    waId: id,
    fromMe,
    participant: by[0] ?? null,
    pushName: null,
    kind: 'unsupported',
    text: '',
    details: null,
    sentAt: at,
    origin: 'live',
    proto: Buffer.from('raw'),
    sealed,
  }
  await app.services.inbox.messages(app.accountId, [message, message])
  return id
}

const edited = (text: string) =>
  proto.Message.encode({
    protocolMessage: {
      type: Type.MESSAGE_EDIT,
      editedMessage: { conversation: text },
      timestampMs: start + count * 1000,
    },
  }).finish()
const answered = (response: number, extraGuestCount = 0) =>
  proto.Message.EventResponseMessage.encode({
    response,
    extraGuestCount,
    timestampMs: start + count * 1000,
  }).finish()

const comes = (message: Parameters<TestApp['inbound']>[0] = {}) =>
  app.inbound({ waId, details: { secret }, ...message })
const asado: MessageDetails = { facts: { name: 'Asado' }, secret }
const transcript = async (address = juan) =>
  (await app.services.messages.ofChat(app.accountId, address, { limit: 100 })).messages
const message = async (address = juan): Promise<Message> => {
  const found = (await transcript(address)).find((each) => each.waId === waId)
  if (!found) throw new Error('there is no message')
  return found
}
const unreadable = async (address = juan) =>
  (await transcript(address)).filter(({ kind }) => kind === 'unsupported').map((each) => each.waId)
const chat = () => app.services.chats.get(app.accountId, juan)
const eventsOf = (messageId: number) => eventsAbout(app, messageId)

describe('a sealed edit', () => {
  test('is opened with the secret of its message, changes the words once, and is no message itself', async () => {
    await comes({ text: 'hoal' })
    const before = await chat()
    await comesSealed('Message Edit', edited('hola'))
    const { id, text } = await message()
    expect(text).toBe('hola')
    expect(await revisionsOf(app.store.read, id)).toMatchObject([{ text: 'hoal' }])
    expect((await eventsOf(id)).map(({ name }) => name)).toEqual(['message.received', 'message.edited'])
    expect(await unreadable()).toEqual([])
    expect((await chat()).messageCount).toBe(before.messageCount)
  })

  test('that comes before its message waits for it, and is no message meanwhile', async () => {
    await comes({ waId: 'before', text: 'antes' })
    const before = await chat()
    await comesSealed('Message Edit', edited('corregido'))
    expect(await unreadable()).toEqual([])
    expect(await chat()).toEqual(before)
    await comes({ text: 'corergido', sentAt: new Date(start - 60_000) })
    expect((await message()).text).toBe('corregido')
    expect(await unreadable()).toEqual([])
    expect(await chat()).toEqual({
      ...before,
      messageCount: before.messageCount + 1,
      unreadCount: before.unreadCount + 1,
    })
  })

  test('without the secret stays as it came, and is opened when the secret comes', async () => {
    await comes({ text: 'hoal', details: null })
    const id = await comesSealed('Message Edit', edited('hola'))
    expect(await unreadable()).toEqual([id])
    expect(await protosOf(app.store.read, id)).toEqual([Buffer.from('raw')])
    await comes({ text: 'hoal' })
    expect(await unreadable()).toEqual([])
    expect((await message()).text).toBe('hola')
  })

  test('of what could not be decrypted waits for the content', async () => {
    await comes({ kind: 'undecryptable', text: '', details: null })
    await comesSealed('Message Edit', edited('hola'))
    await comes({ text: 'hoal' })
    expect((await message()).text).toBe('hola')
    expect(await unreadable()).toEqual([])
  })

  test('of a deleted message changes nothing', async () => {
    await comes({ text: 'secreto' })
    const target = { waId, fromMe: false, participant: null }
    const deletion: IncomingChange = {
      chat: person,
      waId: `D${waId}`,
      fromMe: false,
      by: [],
      at: new Date(),
      origin: 'live',
      change: { kind: 'delete', target },
    }
    await app.services.inbox.messages(app.accountId, [deletion])
    await comesSealed('Message Edit', edited('otra vez'))
    expect(await message()).toMatchObject({ text: '', details: null })
    expect(await unreadable()).toEqual([])
  })

  test.each([
    ['nobody’s words', Buffer.from([0xff, 0xff, 0xff])],
    ['a message of a kind that has none', proto.Message.encode({ pinInChatMessage: {} }).finish()],
  ])('that says %s stays as it came', async (_what, plain) => {
    await comes({ text: 'queda' })
    const id = await comesSealed('Message Edit', plain)
    expect((await message()).text).toBe('queda')
    expect(await unreadable()).toContain(id)
  })

  test.each([
    [juan, lid],
    [lid, juan],
    [lid, lid],
  ])('is opened under whichever addresses it was made: %s, %s', async (author, maker) => {
    const both = { ...person, lid }
    await app.services.inbox.mappings(app.accountId, [{ lid, phone }], new Date())
    await comes({ text: 'uno' })
    await comesSealed('Message Edit', edited('dos'), { author, maker, chat: both })
    expect((await message()).text).toBe('dos')
  })

  test('under the number, of a message under the LID, waits until both are known to be one person', async () => {
    const [number, other] = ['5491155550009', '5550009@lid']
    const jid = `${number}@s.whatsapp.net`
    await comes({ lid: other, text: 'hoal' })
    const target = { waId, fromMe: false, participant: null }
    const late: ChatAddress = { ...person, phone: number }
    const reaction: IncomingChange = {
      chat: late,
      waId: `R${waId}`,
      fromMe: false,
      by: [],
      at: new Date(),
      origin: 'live',
      change: { kind: 'reaction', target, emoji: '👍' },
    }
    await app.services.inbox.messages(app.accountId, [reaction])
    await comesSealed('Message Edit', edited('hola'), { author: jid, maker: jid, chat: late })
    expect((await message(other)).text).toBe('hoal')
    await app.services.inbox.mappings(app.accountId, [{ lid: other, phone: number }], new Date())
    expect(await message(jid)).toMatchObject({ text: 'hola', reactions: [{ emoji: '👍' }] })
    expect(await transcript(jid)).toHaveLength(1)
  })

  describe('that waits for a mapping is opened as soon as that is learnt,', () => {
    let number: string
    let jid: string
    let other: string
    let late: ChatAddress
    beforeEach(async () => {
      number = `54911555${count + 10_000}`
      jid = `${number}@s.whatsapp.net`
      other = `66600${count}@lid`
      late = { ...person, phone: number }
    })
    const room = '120363049876543210@g.us'
    const inRoom: ChatAddress = { kind: 'group', phone: null, lid: null, group: room }
    const learn = {
      'a mapping': () =>
        app.services.inbox.mappings(app.accountId, [{ lid: other, phone: number }], new Date()),
      'the address of a message': () =>
        app.inbound({ phone: number, lid: other, waId: `N${waId}`, text: 'hola' }),
      'the writer of a message in a group': () =>
        app.inbound({ group: room, participant: other, participantAlt: jid, waId: `N${waId}`, text: 'aquí' }),
      'whoever reacts there': () => {
        const target = { waId: 'NEVER', fromMe: false, participant: null }
        const change = { kind: 'reaction', target, emoji: '👍' } as const
        const made = {
          waId: `N${waId}`,
          fromMe: false,
          by: [other, jid],
          at: new Date(),
          origin: 'live',
        } as const
        return app.services.inbox.messages(app.accountId, [{ chat: inRoom, ...made, change }])
      },
      'a name of the address book': () =>
        app.services.inbox.names(app.accountId, [
          { chat: { ...late, lid: other }, name: 'Ana', pushName: null },
        ]),
    }

    test.each(Object.entries(learn))('from %s', async (_source, happens) => {
      await comes({ lid: other, text: 'hoal' })
      await comesSealed('Message Edit', edited('hola'), { author: jid, maker: jid, chat: late })
      expect((await message(other)).text).toBe('hoal')
      await happens()
      expect((await message(jid)).text).toBe('hola')
      expect(await unreadable(jid)).toEqual([])
    })

    test.each(Object.entries(learn))('in a group, from %s', async (_source, happens) => {
      await comes({ group: room, participant: other, text: 'aviso' })
      const about = { author: jid, maker: '777@lid', chat: inRoom, by: ['777@lid'], participant: other }
      const plain = proto.Message.ReactionMessage.encode({ text: '👍' }).finish()
      const id = await comesSealed('Enc Reaction', plain, about)
      const own = await comesSealed('Message Edit', edited('corregido'), {
        author: jid,
        maker: jid,
        chat: inRoom,
        by: [other],
      })
      expect(await unreadable(room)).toEqual(expect.arrayContaining([id, own]))
      await happens()
      expect(await message(room)).toMatchObject({ text: 'corregido', reactions: [{ emoji: '👍' }] })
      expect(await unreadable(room)).toEqual([])
    })
  })

  test('keeps its secret where the message stood twice, and only one of them had it', async () => {
    const [number, other] = ['5491155550010', '5550010@lid']
    const jid = `${number}@s.whatsapp.net`
    await comes({ phone: number, text: 'hoal', details: null })
    await comes({ lid: other, text: 'hoal', origin: 'history' })
    await app.services.inbox.mappings(app.accountId, [{ lid: other, phone: number }], new Date())
    const late: ChatAddress = { ...person, phone: number, lid: other }
    await comesSealed('Message Edit', edited('hola'), { author: jid, maker: other, chat: late })
    expect((await message(jid)).text).toBe('hola')
    expect(await transcript(jid)).toHaveLength(1)
  })

  test('in a group is allowed to the author alone', async () => {
    const group = '120363041234567890@g.us'
    const room: ChatAddress = { kind: 'group', phone: null, lid: null, group }
    const [ana, eva] = ['111111@lid', '222222@lid']
    await comes({ group, text: 'original', participant: ana })
    await comesSealed('Message Edit', edited('forged'), { author: ana, maker: eva, chat: room, by: [eva] })
    expect((await message(group)).text).toBe('original')
    await comesSealed('Message Edit', edited('own'), { author: ana, maker: ana, chat: room, by: [ana] })
    expect((await message(group)).text).toBe('own')
    expect(await unreadable(group)).toEqual([])
  })
})

test('a sealed reaction stands under its message, one for each person', async () => {
  const group = '120363041234567890@g.us'
  const room: ChatAddress = { kind: 'group', phone: null, lid: null, group }
  const [ana, eva] = ['111111@lid', '222222@lid']
  const plain = (text: string) => proto.Message.ReactionMessage.encode({ text }).finish()
  await comes({ group, text: 'aviso', participant: ana })
  await comesSealed('Enc Reaction', plain('👍'), { author: ana, maker: eva, chat: room, by: [eva] })
  await comesSealed('Enc Reaction', plain('🙏'), { author: ana, maker: eva, chat: room, by: [eva] })
  expect((await message(group)).reactions).toMatchObject([{ emoji: '🙏', participant: eva }])
  expect(await unreadable(group)).toEqual([])
})

describe('an event', () => {
  test('has one answer of each person, the newest, with the guests', async () => {
    await comes({ kind: 'event', text: 'Asado', details: asado })
    await comesSealed('Event Response', answered(1, 2))
    await comesSealed('Event Response', answered(2), { maker: own, fromMe: true })
    const { id, answers } = await message()
    expect(answers).toMatchObject([
      { answer: 'going', guests: 2, fromMe: false },
      { answer: 'not_going', guests: 0, fromMe: true },
    ])
    await comesSealed('Event Response', answered(3))
    await comesSealed('Event Response', answered(0), { maker: own, fromMe: true })
    expect((await message()).answers).toMatchObject([{ answer: 'maybe', fromMe: false }])
    expect((await eventsOf(id)).slice(1)).toMatchObject([
      { name: 'message.answered', data: { answer: 'going', guests: 2, fromMe: false } },
      { name: 'message.answered', data: { answer: 'not_going', guests: 0, fromMe: true } },
      { name: 'message.answered', data: { answer: 'maybe', guests: 0, fromMe: false } },
      { name: 'message.answered', data: { answer: null, guests: 0, fromMe: true } },
    ])
    expect(await unreadable()).not.toContain(waId)
  })

  test('is answered before it comes', async () => {
    const id = await comesSealed('Event Response', answered(1))
    expect(await unreadable()).not.toContain(id)
    await comes({ kind: 'event', text: 'Asado', details: asado })
    expect((await message()).answers).toMatchObject([{ answer: 'going' }])
    expect(await unreadable()).not.toContain(id)
  })

  test('is edited as a whole', async () => {
    await comes({ kind: 'event', text: 'Asado', details: asado })
    const event = { name: 'Asado', description: 'Con vino', startTime: 1_700_000_000, isCanceled: true }
    await comesSealed('Event Edit', proto.Message.encode({ eventMessage: event }).finish())
    const { id, ...shown } = await message()
    expect(detailsOf(shown).facts).toEqual({
      name: 'Asado',
      description: 'Con vino',
      startsAt: '2023-11-14T22:13:20.000Z',
      cancelled: 'yes',
    })
    expect((await eventsOf(id)).map(({ name }) => name)).toEqual(['message.received', 'message.edited'])
    expect(await revisionsOf(app.store.read, id)).toMatchObject([
      { text: 'Asado', details: { facts: { name: 'Asado' } } },
    ])
    await comesSealed('Event Response', answered(1))
    expect((await message()).answers).toHaveLength(1)
  })

  test('keeps the answers when its chat becomes part of another one, one of each person', async () => {
    const [number, other] = ['5491155550000', '5550000@lid']
    const late: ChatAddress = { kind: 'person', phone: null, lid: other, group: null }
    const jid = `${number}@s.whatsapp.net`
    await comes({ phone: number, kind: 'event', text: 'Asado', details: asado })
    await app.inbound({ lid: other, text: 'hola' })
    await comes({ lid: other, kind: 'event', text: 'Asado', details: asado })
    await comesSealed('Event Response', answered(2), { author: other, maker: other, chat: late })
    await app.services.inbox.mappings(app.accountId, [{ lid: other, phone: number }], new Date())
    expect((await message(jid)).answers).toMatchObject([{ answer: 'not_going' }])
    await comesSealed('Event Response', answered(1, 1), { author: other, maker: jid, chat: late })
    expect((await message(jid)).answers).toMatchObject([{ answer: 'going', guests: 1 }])
  })
})

test('a message that was taken back leaves no count behind', async () => {
  expect(await contradictionsIn(app.store)).toEqual([])
})
