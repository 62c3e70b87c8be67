import { proto, writeRandomPadMax16 } from '@whiskeysockets/baileys'
import type { WAMessage } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import {
  addressOf,
  decodeStanza,
  fromHistory,
  messageFromStanza,
  whyUnkept,
} from '../../../src/whatsapp/messages/from-whatsapp.ts'

const me = { id: '5491138620812:7@s.whatsapp.net', lid: '100200300:7@lid' }
const phoneJid = '5491112345678@s.whatsapp.net'
const lid = '123456789012345@lid'
const receivedAt = new Date(1_700_000_000_400)

const padded = (message: proto.IMessage) => writeRandomPadMax16(proto.Message.encode(message).finish())

const attrsOf = (change: Record<string, string> = {}) => ({
  id: 'ABC123',
  from: phoneJid,
  type: 'text',
  t: '1700000000',
  notify: 'Juan',
  ...change,
})

const take = (message: proto.IMessage, attrs: Record<string, string> = {}) =>
  messageFromStanza(decodeStanza(attrsOf(attrs), padded(message), me), receivedAt)

describe('a stanza', () => {
  test('becomes a message with everything that it says', () => {
    expect(take({ conversation: 'hola' }, { sender_lid: lid })).toEqual({
      chat: { kind: 'person', phone: '5491112345678', lid, group: null },
      waId: 'ABC123',
      fromMe: false,
      participant: null,
      pushName: 'Juan',
      kind: 'text',
      text: 'hola',
      details: null,
      proto: null,
      sentAt: receivedAt,
      origin: 'live',
    })
  })

  test('under a LID names the number where it is known', () => {
    expect(take({ conversation: 'x' }, { from: lid, sender_pn: phoneJid })?.chat).toEqual({
      kind: 'person',
      phone: '5491112345678',
      lid,
      group: null,
    })
    expect(take({ conversation: 'x' }, { from: lid })?.chat).toMatchObject({ phone: null, lid })
  })

  test('names the username of who wrote it in a group, and of whom the owner wrote to', () => {
    const said = { conversation: 'x' }
    const inGroup = { from: '120363041234567890@g.us', participant: lid, participant_username: 'maria.lopez' }
    expect(take(said, inGroup)?.username).toBe('maria.lopez')
    const owns = { from: me.id, recipient: lid, peer_recipient_username: 'maria.lopez' }
    expect(take(said, owns)).toMatchObject({ fromMe: true, chat: { lid }, username: 'maria.lopez' })
    // The recipient of what others write is the account itself.
    expect(take(said, { from: lid, recipient_username: 'la.huerta' })).not.toHaveProperty('username')
    for (const participant_username of ['', '1234', 'a b', 'x'.repeat(1_000_000), '\u202Emaria'])
      expect(take(said, { ...inGroup, participant_username })).not.toHaveProperty('username')
  })

  test('in a group names who wrote it, without the device', () => {
    const attrs = { from: '120363041234567890@g.us', participant: '123456789012345:4@lid' }
    expect(take({ conversation: 'x' }, attrs)).toMatchObject({
      chat: { kind: 'group', group: attrs.from, phone: null, lid: null },
      participant: lid,
    })
  })

  test('that the owner wrote on the phone belongs to the chat that it was written in', () => {
    const content = {
      deviceSentMessage: { destinationJid: phoneJid, message: { conversation: 'ya va' } },
    }
    const message = take(content, { from: '5491138620812@s.whatsapp.net', recipient: phoneJid })
    expect(message).toMatchObject({ fromMe: true, text: 'ya va', chat: { phone: '5491112345678' } })
  })

  test('has the moment of its arrival within the server’s second, also when it came while offline', () => {
    const at = (attrs: Record<string, string>) => take({ conversation: 'x' }, attrs)?.sentAt.getTime()
    expect(at({ offline: '1' })).toBe(1_700_000_000_400)
    expect(at({})).toBe(1_700_000_000_400)
    expect(at({ t: '1699999999' })).toBe(1_699_999_999_999)
    expect(at({ t: '1700000005' })).toBe(1_700_000_005_000)
    expect(take({ conversation: 'x' }, { offline: '1' })?.origin).toBe('offline')
  })

  test.each([
    '',
    'soon',
    '-1',
    '1e300',
    '99999999999999999999',
    'NaN',
    'Infinity',
    '1700090000',
    '99999999999',
  ])('with the time %j has that of its arrival', (t) => {
    for (const attrs of [{ t }, { t, offline: '1' }]) {
      expect(take({ conversation: 'x' }, attrs)?.sentAt).toEqual(receivedAt)
    }
  })

  const targetMessageKey = { remoteJid: phoneJid, fromMe: true, id: 'M1' }
  const sealed = { targetMessageKey, encPayload: new Uint8Array(40), encIv: new Uint8Array(12) }

  test.each([
    ['Message Edit', { secretEncryptedMessage: { ...sealed, secretEncType: 2 } }],
    ['Event Edit', { secretEncryptedMessage: { ...sealed, secretEncType: 1 } }],
    ['Poll Edit', { secretEncryptedMessage: { ...sealed, secretEncType: 4 } }],
    ['Poll Add Option', { secretEncryptedMessage: { ...sealed, secretEncType: 5 } }],
    ['Enc Reaction', { encReactionMessage: sealed }],
    ['Event Response', { encEventResponseMessage: { ...sealed, eventCreationMessageKey: targetMessageKey } }],
  ])('that is sealed (%s) is unreadable, and says what it is about', (use, content) => {
    const read = take(content)
    expect(read).toMatchObject({ kind: 'unsupported', sealed: { waId: 'ABC123', change: { use } } })
    expect(read?.proto?.length).toBeGreaterThan(40)
    expect(read?.sealed?.change).toMatchObject({ target: { waId: 'M1', fromMe: false } })
  })

  test.each([
    ['of a kind that is not known', { ...sealed, secretEncType: 9 }],
    ['without a kind', sealed],
    ['with another nonce', { ...sealed, secretEncType: 2, encIv: new Uint8Array(16) }],
    ['without a target', { ...sealed, secretEncType: 2, targetMessageKey: {} }],
    ['with too much in it', { ...sealed, secretEncType: 2, encPayload: new Uint8Array(400_000) }],
  ])('that is sealed %s is no message, for a reason', (_how, secretEncryptedMessage) => {
    const stanza = decodeStanza(attrsOf(), padded({ secretEncryptedMessage }), me)
    expect(messageFromStanza(stanza, receivedAt)).toBeUndefined()
    expect(whyUnkept(stanza)).toBe('unreadable')
  })

  test.each([
    [me.id, 'the number', true],
    [me.lid, 'the LID', true],
    ['999@lid', 'somebody else', false],
  ])('of a status post of %s is known by %s', (participant, _by, fromMe) => {
    const attrs = { from: 'status@broadcast', participant }
    expect(take({ conversation: 'x' }, attrs)).toMatchObject({ fromMe, chat: { kind: 'status' } })
  })

  const list = '1786711188@broadcast'

  test.each([
    [
      { from: list, participant: phoneJid },
      { phone: '5491112345678', lid: null },
    ],
    [
      { from: list, participant: '123456789012345:3@lid' },
      { phone: null, lid },
    ],
    [
      { from: list, participant: lid, participant_pn: phoneJid },
      { phone: '5491112345678', lid },
    ],
    [
      { from: list, participant: phoneJid, sender_lid: lid },
      { phone: '5491112345678', lid },
    ],
    [{ from: '5491112345678:99@hosted' }, { phone: '5491112345678', lid: null }],
    [{ from: '123456789012345:99@hosted.lid' }, { phone: null, lid }],
  ])('with the attributes %j belongs into the chat with its writer', (attrs, person) => {
    expect(take({ conversation: 'x' }, attrs as Record<string, string>)).toMatchObject({
      chat: { kind: 'person', group: null, ...person },
      participant: null,
      fromMe: false,
    })
  })

  test.each([me.id, me.lid])(
    'that the owner (%s) sends to a broadcast list is in no chat, for a reason',
    (own) => {
      const stanza = decodeStanza(
        attrsOf({ from: list, participant: own }),
        padded({ conversation: 'x' }),
        me,
      )
      expect(messageFromStanza(stanza, receivedAt)).toBeUndefined()
      expect(whyUnkept(stanza)).toBe('own_list')
    },
  )

  test.each([
    ['housekeeping', { senderKeyDistributionMessage: { groupId: 'g' } }, {}],
    [
      'no_chat',
      { conversation: 'x' },
      { from: '5491138620812@s.whatsapp.net', recipient: '867051314767696@bot' },
    ],
  ])('that becomes nothing has a reason: %s', (reason, content, attrs) => {
    const stanza = decodeStanza(attrsOf(attrs as Record<string, string>), padded(content), me)
    expect(messageFromStanza(stanza, receivedAt)).toBeUndefined()
    expect(whyUnkept(stanza)).toBe(reason)
  })

  test('of another person is a message, also where it claims to be one for devices', () => {
    expect(take({ conversation: 'x' }, { category: 'peer' })?.text).toBe('x')
  })

  test('of the own phone for its devices is no message', () => {
    expect(
      take({ conversation: 'x' }, { category: 'peer', from: '5491138620812@s.whatsapp.net' }),
    ).toBeUndefined()
  })

  test.each([{}, { id: 'A' }, { from: phoneJid }, { id: 'A', from: 'status@broadcast' }])(
    'with the attributes %j makes no message, and harms nobody',
    (attrs) => {
      const read = () =>
        messageFromStanza(
          decodeStanza(attrs as Record<string, string>, padded({ conversation: 'x' }), me),
          receivedAt,
        )
      let message: unknown
      try {
        message = read()
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
      expect(message).toBeUndefined()
    },
  )

  test('whose bytes make no sense is refused', () => {
    for (const bytes of [new Uint8Array(), new Uint8Array([255, 255, 255, 1]), new Uint8Array(100).fill(9)]) {
      expect(() => decodeStanza(attrsOf(), bytes, me)).toThrow()
    }
  })
})

describe('the name that a sender chose', () => {
  const nameOf = (notify: string) => take({ conversation: 'x' }, { notify })?.pushName

  test('is none where it is empty or blank', () => {
    for (const notify of ['', '   ', '\n\t']) expect(nameOf(notify)).toBeNull()
    const { notify: _, ...nameless } = attrsOf()
    expect(
      messageFromStanza(decodeStanza(nameless, padded({ conversation: 'x' }), me), receivedAt)?.pushName,
    ).toBeNull()
  })

  test('of a megabyte is cut', () => {
    expect(nameOf('x'.repeat(1_000_000))).toBe('x'.repeat(100))
  })

  test('is not cut through a character, and can be stored as it is', () => {
    const name = nameOf(`${'x'.repeat(99)}😀`) ?? ''
    expect(name.isWellFormed()).toBe(true)
    expect(name).toBe('x'.repeat(99))
  })

  test('with half a character is kept readable, and control characters are taken out', () => {
    expect(nameOf('a\uD83Db')).toBe('a\uFFFDb')
    expect(nameOf('a\u0000b\u202Ec')).toBe('a bc')
  })
})

describe('an address', () => {
  test.each([
    [{ remoteJid: phoneJid }, { kind: 'person', phone: '5491112345678', lid: null, group: null }],
    [
      { remoteJid: '5491112345678:9@s.whatsapp.net' },
      { kind: 'person', phone: '5491112345678', lid: null, group: null },
    ],
    [
      { remoteJid: lid, remoteJidAlt: phoneJid },
      { kind: 'person', phone: '5491112345678', lid, group: null },
    ],
    [
      { remoteJid: 'status@broadcast', remoteJidAlt: '1@s.whatsapp.net' },
      { kind: 'status', phone: null, lid: null, group: 'status@broadcast' },
    ],
    [{ remoteJid: '1203630412@g.us' }, { kind: 'group', phone: null, lid: null, group: '1203630412@g.us' }],
  ])('of %j is understood', (key, address) => {
    expect(addressOf(key)).toEqual(address)
  })

  test.each(['x@newsletter', '5@broadcast', '0@bot', 'x@constructor', 'nothing', '', undefined])(
    'such as %j is no chat',
    (remoteJid) => {
      expect(addressOf(remoteJid === undefined ? {} : { remoteJid })).toBeUndefined()
    },
  )
})

describe('a message of the history', () => {
  const historic = (change: Partial<WAMessage> = {}): WAMessage => ({
    key: { remoteJid: phoneJid, id: 'H1', fromMe: false },
    message: { conversation: 'hace años' },
    messageTimestamp: 1_600_000_000,
    ...change,
  })

  test('has its own time and is marked as history', () => {
    expect(fromHistory(historic({ pushName: 'Juan' }))[0]).toMatchObject({
      text: 'hace años',
      origin: 'history',
      sentAt: new Date(1_600_000_000_000),
      pushName: 'Juan',
    })
  })

  test.each([
    ['no content', { message: null }],
    ['no id', { key: { remoteJid: phoneJid } }],
    ['no chat', { key: { id: 'H1' } }],
  ])('with %s is none', (_what, change) => {
    expect(fromHistory(historic(change))).toEqual([])
  })

  test.each([null, undefined, -5, Number.NaN, 1e300])(
    'with the time %j has one that can be stored',
    (time) => {
      const [message] = fromHistory(historic({ messageTimestamp: time as number }))
      expect(message).toMatchObject({ sentAt: expect.any(Date) as Date })
      if (message && 'sentAt' in message) expect(message.sentAt.getTime()).toSatisfy(Number.isSafeInteger)
    },
  )
})

test('nothing of the history has a day to come, neither a message nor a change of one', () => {
  const now = new Date(1_700_000_000_000)
  const key = { remoteJid: phoneJid, id: 'H1', fromMe: false }
  const reactions = [{ key: { ...key, id: 'R1' }, text: '👍', senderTimestampMs: 2_000_000_000_000 }]
  const message = { key, message: { conversation: 'x' }, messageTimestamp: 253_370_764_800, reactions }
  expect(fromHistory(message as unknown as WAMessage, me, now)).toMatchObject([{ sentAt: now }, { at: now }])
})

test('the history tells the secret beside the message, and who answered to an event', () => {
  const key = { remoteJid: phoneJid, id: 'E1', fromMe: true }
  const [event, ...answers] = fromHistory(
    {
      key,
      message: { eventMessage: { name: 'Asado' } },
      messageSecret: new Uint8Array(32).fill(7),
      messageTimestamp: 1_700_000_000,
      eventResponses: [
        {
          eventResponseMessageKey: { remoteJid: phoneJid, id: 'R1', fromMe: false },
          eventResponseMessage: { response: 1, extraGuestCount: 2 },
          timestampMs: 1_700_000_100_000,
        },
        {
          eventResponseMessageKey: { remoteJid: phoneJid, id: 'R2' },
          eventResponseMessage: { response: 77 },
        },
      ],
    } as unknown as WAMessage,
    me,
  )
  expect(event).toMatchObject({ kind: 'event', details: { secret: Buffer.alloc(32, 7).toString('base64') } })
  expect(answers).toMatchObject([
    {
      waId: 'R1',
      fromMe: false,
      origin: 'history',
      at: new Date(1_700_000_100_000),
      change: { kind: 'answer', target: { waId: 'E1' }, answer: { answer: 'going', guests: 2 } },
    },
  ])
})
