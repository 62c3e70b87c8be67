import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import type { MessageDetails } from '../../../src/core/message-body.ts'
import type { ActionKind, MessageKind } from '../../../src/core/message-kind.ts'
import { readContent } from '../../../src/whatsapp/content/read-content.ts'
import { detailsOf } from '../../support/details.ts'

/** As on the wire: encoded and decoded again, so that only what the protocol carries is read. */
const wired = (message: proto.IMessage) => proto.Message.decode(proto.Message.encode(message).finish())
const customer = '5491112345678@s.whatsapp.net'
const read = (message: proto.IMessage, key = { remoteJid: customer, id: 'A', fromMe: false }) =>
  readContent(wired(message), { key, me: { id: '5491138620812:7@s.whatsapp.net', lid: '100200300:7@lid' } })

const hi = { caption: 'mirá esto' }
const card =
  'BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nitem1.TEL;type=CELL;waid=5491155550000:+54 9 11 5555-0000\nEND:VCARD'
const options = [{ optionName: 'Lunes' }, { optionName: 'Martes' }]
const file = {
  mimeType: 'application/octet-stream',
  fileName: '',
  sizeBytes: 0,
  seconds: null,
  width: null,
  height: null,
  voice: false,
  animated: false,
}
type Row = [message: proto.IMessage, text: string, details?: MessageDetails]

/** For each kind messages of it, with the words that are kept and what stands beside them. */
const kinds = {
  text: [
    [{ conversation: 'hola' }, 'hola'],
    [{ extendedTextMessage: { text: 'hola' } }, 'hola'],
    [{ ephemeralMessage: { message: { extendedTextMessage: { text: 'se borra' } } } }, 'se borra'],
    [{ conversation: '' }, ''],
    [
      { extendedTextMessage: { text: 'ver https://a.b/c', matchedText: 'https://a.b/c', title: 'A\nB' } },
      'ver https://a.b/c',
      { linkPreview: { url: 'https://a.b/c', title: 'A B', description: '' } },
    ],
    [
      { buttonsResponseMessage: { selectedButtonId: 'si', selectedDisplayText: 'Sí' } },
      'Sí',
      { choice: { id: 'si', title: 'Sí', description: '' } },
    ],
    [
      {
        listResponseMessage: {
          title: 'Turno',
          description: 'mañana',
          singleSelectReply: { selectedRowId: 'r1' },
        },
      },
      'Turno',
      { choice: { id: 'r1', title: 'Turno', description: 'mañana' } },
    ],
    [
      { templateButtonReplyMessage: { selectedId: 'm', selectedDisplayText: 'Más' } },
      'Más',
      { choice: { id: 'm', title: 'Más', description: '' } },
    ],
    [
      {
        interactiveResponseMessage: {
          body: { text: 'Pagar' },
          nativeFlowResponseMessage: { name: 'x', paramsJson: '{"id":"pay"}' },
        },
      },
      'Pagar',
      { choice: { id: 'pay', title: 'Pagar', description: '' } },
    ],
    [{ listMessage: { title: 'Menú', description: 'Elegí' } }, 'Elegí'],
    [{ buttonsMessage: { contentText: '¿Confirmás?' } }, '¿Confirmás?'],
  ],
  image: [
    [{ imageMessage: hi }, 'mirá esto', { media: file }],
    [{ imageMessage: {} }, '', { media: file }],
    [{ viewOnceMessageV2: { message: { imageMessage: hi } } }, '', { viewOnce: true }],
    [{ imageMessage: { ...hi, viewOnce: true } }, '', { viewOnce: true }],
  ],
  video: [
    [{ videoMessage: hi }, 'mirá esto', { media: file }],
    [{ videoMessage: { gifPlayback: true } }, '', { media: { ...file, animated: true } }],
    [{ ptvMessage: {} }, '', { media: file }],
  ],
  audio: [[{ audioMessage: { ptt: true } }, '', { media: { ...file, voice: true } }]],
  document: [
    [{ documentMessage: { fileName: '../a.pdf' } }, 'a.pdf', { media: { ...file, fileName: 'a.pdf' } }],
    [
      { documentMessage: { fileName: 'a.pdf', ...hi } },
      'mirá esto',
      { media: { ...file, fileName: 'a.pdf' } },
    ],
    [{ documentWithCaptionMessage: { message: { documentMessage: hi } } }, 'mirá esto', { media: file }],
  ],
  sticker: [
    [{ stickerMessage: {} }, '', { media: file }],
    [{ lottieStickerMessage: { message: { stickerMessage: {} } } }, '', { media: file }],
  ],
  location: [
    [
      {
        locationMessage: {
          degreesLatitude: -34.6,
          degreesLongitude: -58.4,
          name: 'Obelisco',
          address: 'Centro',
        },
      },
      'Obelisco',
      { place: { latitude: -34.6, longitude: -58.4, name: 'Obelisco', address: 'Centro', live: false } },
    ],
    [
      { liveLocationMessage: { degreesLatitude: 1, degreesLongitude: 2, ...hi } },
      'mirá esto',
      { place: { latitude: 1, longitude: 2, name: '', address: '', live: true } },
    ],
  ],
  contact: [
    [
      { contactMessage: { displayName: 'Ana', vcard: card } },
      'Ana',
      { contacts: [{ name: 'Ana', phones: ['+54 9 11 5555-0000'], vcard: card }] },
    ],
    [
      { contactsArrayMessage: { contacts: [{ vcard: card }, { displayName: 'Luz' }] } },
      'Ana, Luz',
      {
        contacts: [
          { name: 'Ana', phones: ['+54 9 11 5555-0000'], vcard: card },
          { name: 'Luz', phones: [], vcard: '' },
        ],
      },
    ],
  ],
  poll: (
    [
      'pollCreationMessage',
      'pollCreationMessageV2',
      'pollCreationMessageV3',
      'pollCreationMessageV5',
    ] as const
  ).map((field): Row => [
    { [field]: { name: '¿Cuándo?', options, selectableOptionsCount: 1 } },
    '¿Cuándo?',
    { poll: { question: '¿Cuándo?', options: ['Lunes', 'Martes'], selectable: 1 } },
  ]),
  event: [
    [
      { eventMessage: { name: 'Asado', startTime: 1_700_000_000, location: { name: 'Casa' } } },
      'Asado',
      { facts: { name: 'Asado', startsAt: '2023-11-14T22:13:20.000Z', place: 'Casa' } },
    ],
  ],
  order: [
    [
      {
        orderMessage: {
          orderId: '9',
          orderTitle: 'Tienda',
          itemCount: 2,
          totalAmount1000: 1500,
          totalCurrencyCode: 'ARS',
        },
      },
      'Tienda',
      { facts: { orderId: '9', title: 'Tienda', items: 2, total: 1.5, currency: 'ARS' } },
    ],
  ],
  product: [
    [
      {
        productMessage: {
          product: { productId: '7', title: 'Mate', priceAmount1000: 2000, url: 'javascript:x' },
        },
      },
      'Mate',
      { facts: { productId: '7', title: 'Mate', price: 2 } },
    ],
  ],
  call: [
    [
      { callLogMesssage: { callOutcome: 1, isVideo: true } },
      '',
      { facts: { outcome: 'missed', video: 'yes' } },
    ],
  ],
  unsupported: [[{ requestPhoneNumberMessage: { contextInfo: { stanzaId: 'X' } } }, '']],
  // Only a message that was not decrypted at all is that.
  undecryptable: [],
} satisfies Record<Exclude<MessageKind, ActionKind>, Row[]>

const rows = Object.entries(kinds).flatMap(([kind, messages]) =>
  (messages as Row[]).map(([message, text, details]) => ({ kind, text, details: details ?? null, message })),
)

test.each(rows)(
  'a message of kind $kind with the words $text: $message',
  ({ kind, text, details, message }) => {
    expect(read(message)).toEqual({
      kind,
      text,
      details,
      proto: kind === 'unsupported' ? (expect.any(Uint8Array) as Uint8Array) : null,
    })
  },
)

test('an unknown message is kept whole, to be read by a later version', () => {
  const kept = read({ requestPhoneNumberMessage: { contextInfo: { stanzaId: 'X' } } })?.proto
  const message = proto.Message.decode(kept ?? new Uint8Array())
  expect(message.requestPhoneNumberMessage?.contextInfo?.stanzaId).toBe('X')
})

const type = proto.Message.ProtocolMessage.Type
test.each([
  ['nothing at all', {}],
  ['a sender key', { senderKeyDistributionMessage: { groupId: 'g' } }],
  ['history', { protocolMessage: { type: type.HISTORY_SYNC_NOTIFICATION, historySyncNotification: {} } }],
  ['keys', { protocolMessage: { type: type.APP_STATE_SYNC_KEY_SHARE, appStateSyncKeyShare: {} } }],
  ['device information', { messageContextInfo: { deviceListMetadataVersion: 2 } }],
  ['a protocol message without a type', { protocolMessage: { ephemeralExpiration: 1 } }],
  ['the frame of an album', { albumMessage: { expectedImageCount: 3 } }],
  ['a pin', { pinInChatMessage: { key: { id: 'X' }, type: 1 } }],
  ['a message that is kept', { keepInChatMessage: { key: { id: 'X' }, keepType: 1 } }],
  ['a count of votes', { pollResultSnapshotMessage: { name: '?' } }],
  ['a setting of the chat', { protocolMessage: { type: type.LIMIT_SHARING, limitSharing: {} } }],
  ['somebody’s label in a group', { protocolMessage: { type: type.GROUP_MEMBER_LABEL_CHANGE } }],
  ['a shared number', { protocolMessage: { type: type.SHARE_PHONE_NUMBER } }],
  ['a deletion of nothing', { protocolMessage: { type: type.REVOKE } }],
  ['a reaction to nothing', { reactionMessage: { text: '👍' } }],
  [
    'a sealed edit that nobody can open',
    { secretEncryptedMessage: { secretEncType: 2, encIv: new Uint8Array(3) } },
  ],
])('content that nobody wrote is no message: %s', (_what, message) => {
  expect(read(message)).toBeUndefined()
})

describe('around the words', () => {
  const withContext = (contextInfo: proto.IContextInfo) =>
    read({ extendedTextMessage: { text: 'x', contextInfo } })?.details

  test('stands what a reply quotes, and whose words those were', () => {
    const quoted = { stanzaId: 'Q1', quotedMessage: { imageMessage: hi } }
    expect(withContext({ ...quoted, participant: '5491138620812@s.whatsapp.net' })).toEqual({
      quote: {
        waId: 'Q1',
        fromMe: true,
        participant: '5491138620812@s.whatsapp.net',
        kind: 'image',
        text: 'mirá esto',
      },
    })
    expect(withContext({ ...quoted, participant: '100200300:3@lid' })?.quote?.fromMe).toBe(true)
    expect(withContext({ ...quoted, participant: customer })?.quote?.fromMe).toBe(false)
  })

  test('stand mentions, forwarding, timer and advertisement', () => {
    expect(
      withContext({
        mentionedJid: [customer, customer, 'nobody', 'x@y'],
        isForwarded: true,
        forwardingScore: 4,
        expiration: 86_400,
        externalAdReply: { title: 'Oferta', sourceUrl: 'https://fb.me/1', sourceId: '12', ctwaClid: 'abc' },
      }),
    ).toEqual({
      mentions: [customer],
      forwarded: 4,
      disappearsAfter: 86_400,
      ad: { title: 'Oferta', body: '', sourceUrl: 'https://fb.me/1', sourceId: '12', clickId: 'abc' },
    })
  })

  test('the secret of what can be edited is kept, and nothing else in its place', () => {
    const secret = Buffer.alloc(32, 7).toString('base64')
    const told = { messageContextInfo: { messageSecret: new Uint8Array(32).fill(7) } }
    for (const part of [
      { conversation: 'hola' },
      { eventMessage: { name: 'Asado' } },
      { imageMessage: {} },
    ]) {
      expect(read({ ...part, ...told })?.details?.secret).toBe(secret)
    }
    expect(read({ contactMessage: { displayName: 'Ana' }, ...told })?.details?.secret).toBeUndefined()
    const messageContextInfo = { messageSecret: new Uint8Array(33) }
    expect(read({ conversation: 'hola', messageContextInfo })).toMatchObject({ details: null })
  })

  test('the secret of a poll is kept, also where it stands on the outside', () => {
    const poll = { pollCreationMessageV3: { name: '?', options } }
    const messageContextInfo = { messageSecret: new Uint8Array(32).fill(7) }
    const secret = Buffer.alloc(32, 7).toString('base64')
    expect(read({ ...poll, messageContextInfo })?.details?.secret).toBe(secret)
    expect(read({ ephemeralMessage: { message: poll }, messageContextInfo })?.details?.secret).toBe(secret)
    expect(
      read({ ...poll, messageContextInfo: { messageSecret: new Uint8Array(3) } })?.details?.secret,
    ).toBeUndefined()
  })
})

describe('hostile fields', () => {
  test('that are no numbers make no place', () => {
    for (const degreesLatitude of [Number.NaN, Infinity, -Infinity, 91, -90.1, 1e300]) {
      expect(read({ locationMessage: { degreesLatitude, degreesLongitude: 1 } })).toMatchObject({
        kind: 'location',
        details: null,
      })
    }
  })

  test('such as names and titles lose what moves the cursor or turns the direction', () => {
    const name = 'a\u202Eb\u0000c\r\nd\u2066'
    expect(read({ contactMessage: { displayName: name } })?.text).toBe('ab c d')
    const { poll } = detailsOf(read({ pollCreationMessageV3: { name, options: [{ optionName: name }] } }))
    expect(poll).toMatchObject({ question: 'ab c d', options: ['ab c d'] })
    // A vote is known by the name as it was sent.
    expect(poll?.hashes).toHaveLength(1)
  })

  test('are bounded, however long they come', () => {
    const long = 'x'.repeat(2_000_000)
    const size = (message: proto.IMessage) => JSON.stringify(read(message)).length
    expect(size({ contactMessage: { displayName: long, vcard: long } })).toBeLessThan(20_000)
    const many = Array.from({ length: 5000 }, () => ({ optionName: 'y'.repeat(400) }))
    expect(size({ pollCreationMessage: { name: long, options: many } })).toBeLessThan(40_000)
    const contextInfo = {
      stanzaId: long,
      quotedMessage: { conversation: long },
      mentionedJid: Array.from({ length: 5000 }, (_, i) => `${1_000_000_000 + i}@s.whatsapp.net`),
      externalAdReply: { title: long, sourceUrl: `https://a.b/${long}`, ctwaClid: long },
    }
    expect(size({ extendedTextMessage: { text: 'x', contextInfo } })).toBeLessThan(20_000)
    expect(read({ conversation: long })?.text.length).toBeLessThan(long.length)
  })

  test('such as text with half a character are kept readable, and long text whole', () => {
    expect(readContent({ conversation: 'a\uD83D' })?.text).toBe('a\uFFFD')
    for (const text of ['x'.repeat(65_536), '\u0000\u0007\u202E\u2066👩‍👩‍👧']) {
      expect(read({ conversation: text })?.text).toBe(text)
    }
    expect(readContent({ extendedTextMessage: { text: 5 as unknown as string } })?.text).toBe('')
  })

  test('that nest messages in messages come to an end', () => {
    let message: proto.IMessage = { conversation: 'tief' }
    for (let i = 0; i < 50; i += 1) message = { ephemeralMessage: { message } }
    expect(read(message)?.kind).toBe('unsupported')
  })
})
