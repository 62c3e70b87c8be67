import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import type { MessageDetails } from '../../../src/core/message-body.ts'
import type { SentContent } from '../../../src/core/messages/outgoing.ts'
import { readContent } from '../../../src/whatsapp/content/read-content.ts'
import { stanzaOf, toProto } from '../../../src/whatsapp/messages/to-whatsapp.ts'

const juan = '5491112345678@s.whatsapp.net'
const sent = (message: Partial<SentContent>): SentContent => ({
  kind: 'text',
  text: 'hola',
  details: null,
  ...message,
})
const action = {
  target: { waId: 'T1', fromMe: true, participant: null },
  chat: juan,
  text: '',
  at: 1_700_000_000_123,
  keepFormer: false,
}

const around: MessageDetails = {
  quote: { waId: 'Q', fromMe: false, participant: juan, kind: 'image', text: 'mirá' },
  mentions: [juan],
  forwarded: 1,
  disappearsAfter: 86_400,
}
const rows: [string, SentContent][] = [
  ['a text', sent({})],
  ['a text with all that may stand around it', sent({ details: around })],
  ['a link', sent({ details: { linkPreview: { url: 'https://a.b', title: 'A', description: 'B' } } })],
  [
    'a place',
    sent({
      kind: 'location',
      text: 'Acá',
      details: { place: { latitude: -34.5, longitude: 2.25, name: 'Acá', address: 'Calle 1', live: false } },
    }),
  ],
  [
    'a poll',
    sent({
      kind: 'poll',
      text: '¿Sí?',
      details: {
        poll: { question: '¿Sí?', options: ['a', 'b'], selectable: 1 },
        secret: Buffer.alloc(32, 3).toString('base64'),
      },
    }),
  ],
  [
    'a poll with several answers',
    sent({
      kind: 'poll',
      text: '¿Sí?',
      details: {
        poll: { question: '¿Sí?', options: ['a', 'b'], selectable: 0 },
        secret: Buffer.alloc(32, 3).toString('base64'),
        disappearsAfter: 60,
      },
    }),
  ],
]

describe('on its way out', () => {
  test.each(rows)('%s is read by the other side as it was meant', (_what, message) => {
    const bytes = proto.Message.encode(proto.Message.fromObject(toProto(message))).finish()
    const { kind, text, details } = message
    const seen = { key: { remoteJid: juan, fromMe: true }, me: undefined }
    expect(readContent(proto.Message.decode(bytes), seen)).toEqual({ kind, text, details, proto: null })
  })

  test.each(rows)('%s is the same for every try', (_what, message) => {
    const once = () => Buffer.from(proto.Message.encode(proto.Message.fromObject(toProto(message))).finish())
    expect(once().equals(once())).toBe(true)
  })

  test('a contact card has the number in both forms, and no line that its name could add', () => {
    const contacts = [{ name: 'Ana; TEL:1\nX', phones: ['5491155550001'], vcard: '' }]
    const { contactMessage } = toProto(sent({ kind: 'contact', text: 'Ana', details: { contacts } }))
    expect(contactMessage?.vcard).toContain('TEL;type=CELL;type=VOICE;waid=5491155550001:+5491155550001')
    expect(contactMessage?.vcard?.split('\n').filter((line) => line.startsWith('TEL'))).toHaveLength(1)
    expect(contactMessage?.vcard?.split('\n')).toHaveLength(6)
    const two = [...contacts, { name: 'Luz', phones: [], vcard: 'BEGIN:VCARD' }]
    expect(
      toProto(sent({ kind: 'contact', text: '2', details: { contacts: two } })).contactsArrayMessage
        ?.contacts,
    ).toHaveLength(2)
  })

  test('a reaction, an edit and a deletion name their message', () => {
    const key = { remoteJid: juan, fromMe: true, id: 'T1' }
    expect(toProto(sent({ kind: 'reaction', details: { action: { ...action, text: '👍' } } }))).toEqual({
      reactionMessage: { key, text: '👍', senderTimestampMs: action.at },
    })
    const { Type } = proto.Message.ProtocolMessage
    expect(toProto(sent({ kind: 'edit', details: { action: { ...action, text: 'otra' } } }))).toEqual({
      protocolMessage: {
        key,
        type: Type.MESSAGE_EDIT,
        editedMessage: { extendedTextMessage: { text: 'otra' } },
        timestampMs: action.at,
      },
    })
    const target = { waId: 'T2', fromMe: false, participant: '5@lid' }
    expect(toProto(sent({ kind: 'delete', details: { action: { ...action, target } } }))).toEqual({
      protocolMessage: {
        key: { remoteJid: juan, fromMe: false, id: 'T2', participant: '5@lid' },
        type: Type.REVOKE,
      },
    })
    expect(stanzaOf({ waId: 'X', kind: 'edit' })).toEqual({
      messageId: 'X',
      additionalAttributes: { edit: '1' },
    })
    expect(stanzaOf({ waId: 'X', kind: 'delete' })).toEqual({
      messageId: 'X',
      additionalAttributes: { edit: '7' },
    })
    expect(stanzaOf({ waId: 'X', kind: 'text' })).toEqual({ messageId: 'X' })
  })

  test('a body that cannot be sent is no message', () => {
    for (const kind of ['event', 'unsupported', 'undecryptable', 'edit', 'poll', 'location'] as const) {
      expect(() => toProto(sent({ kind }))).toThrow()
    }
  })
})
