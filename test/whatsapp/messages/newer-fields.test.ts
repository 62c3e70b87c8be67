import { createHash } from 'node:crypto'
import { proto, writeRandomPadMax16 } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import { sealedContents } from '../../../src/whatsapp/content/read-sealed.ts'
import { decodeStanza, fromHistory, messageFromStanza } from '../../../src/whatsapp/messages/from-whatsapp.ts'

const me = { id: '5491138620812:7@s.whatsapp.net', lid: '100200300:7@lid' }
const jid = '5491112345678@s.whatsapp.net'
const attrs = { id: 'ABC123', from: jid, type: 'text', t: '1700000000' }

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}

/** A length-delimited field, as the library cannot write it. */
function field(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(content.length)]), content])
}

const take = (bytes: Uint8Array, stanza: Record<string, string> = attrs) =>
  messageFromStanza(decodeStanza(stanza, writeRandomPadMax16(bytes), me), new Date(1_700_000_000_400))

const secret = Buffer.alloc(32, 7)
const context = proto.Message.encode({ messageContextInfo: { messageSecret: secret } }).finish()
const options = [{ optionName: 'Lunes' }, { optionName: 'Martes' }]
const plainPoll = proto.Message.PollCreationMessage.encode({ name: '¿Día?', options }).finish()
/** Others may add options: field 11. */
const openPoll = Buffer.concat([plainPoll, Buffer.from([88, 1])])
const poll = { question: '¿Día?', options: ['Lunes', 'Martes'], selectable: 0 }

describe('a message that is newer than the library', () => {
  test.each([
    ['that takes no options', plainPoll, poll],
    ['that takes options', openPoll, { ...poll, open: true }],
  ])('is a poll where it is a poll %s', (_which, content, read) => {
    const bytes = Buffer.concat([context, field(119, content)])
    const details = { poll: read, secret: secret.toString('base64') }
    expect(take(bytes)).toMatchObject({ kind: 'poll', text: '¿Día?', details, proto: null })
    const chat = { key: { remoteJid: jid, id: 'H1' }, messageTimestamp: 1_700_000_000 }
    const info = Buffer.concat([proto.WebMessageInfo.encode(chat).finish(), field(2, bytes)])
    const told = proto.WebMessageInfo.decode(info) as Parameters<typeof fromHistory>[0]
    expect(fromHistory(told, me)).toMatchObject([{ kind: 'poll', details: { poll: read } }])
  })

  test('is a poll where the owner made it on the phone', () => {
    const inner = field(2, field(119, openPoll))
    const sent = field(31, Buffer.concat([field(1, Buffer.from(jid)), inner]))
    const stanza = { ...attrs, from: '5491138620812@s.whatsapp.net', recipient: jid }
    expect(take(sent, stanza)).toMatchObject({
      kind: 'poll',
      fromMe: true,
      details: { poll: { open: true } },
    })
  })

  test.each([
    ['from somebody else', attrs, (bytes: Buffer) => bytes],
    [
      'from the owner’s phone',
      { ...attrs, from: '5491138620812@s.whatsapp.net', recipient: jid },
      (bytes: Buffer) => field(31, Buffer.concat([field(1, Buffer.from(jid)), field(2, bytes)])),
    ],
  ])('is kept as it came where it is unknown: %s', (_whose, stanza, wrapped) => {
    const bytes = Buffer.concat([context, field(122, Buffer.from('invitation'))])
    expect(take(wrapped(bytes), stanza)).toMatchObject({ kind: 'unsupported', proto: bytes })
  })

  test('is kept as it came where its poll is damaged', () => {
    const bytes = field(119, Buffer.from([10, 200]))
    expect(take(bytes)).toMatchObject({ kind: 'unsupported', proto: bytes })
  })

  test.each([
    ['nothing but the context', context],
    ['keys of a group', Buffer.concat([context, field(123, Buffer.from('key'))])],
  ])('is no message where it is %s', (_what, bytes) => {
    expect(take(bytes)).toBeUndefined()
  })
})

describe('a sealed change', () => {
  const hash = (name: string) => createHash('sha256').update(name).digest('hex')

  test('adds options with the hashes by which votes name them', () => {
    const raw = 'Jueves\u202e'
    const names = ['Miércoles', raw].map((optionName) =>
      field(2, proto.Message.PollCreationMessage.Option.encode({ optionName }).finish()),
    )
    const plain = field(121, Buffer.concat([field(1, Buffer.alloc(0)), ...names]))
    expect(sealedContents.read('Poll Add Option', plain)).toEqual({
      kind: 'options',
      options: [
        { name: 'Miércoles', hash: hash('Miércoles') },
        { name: 'Jueves', hash: hash(raw) },
      ],
    })
  })

  const inV3 = proto.Message.encode({ pollCreationMessageV3: { name: '¿Día?', options } }).finish()

  test.each([
    ['as the library knows it', inV3],
    ['newer than that', field(119, plainPoll)],
  ])('edits a poll, %s', (_how, content) => {
    const edit = Buffer.concat([
      proto.Message.ProtocolMessage.encode({ type: 14, timestampMs: 1_700_000_000_000 }).finish(),
      field(14, content),
    ])
    expect(sealedContents.read('Poll Edit', field(12, edit))).toEqual({
      kind: 'edit',
      text: '¿Día?',
      poll,
      at: new Date(1_700_000_000_000),
    })
  })

  test.each(['Poll Edit', 'Poll Add Option'] as const)('is ignored where it makes no sense: %s', (use) => {
    for (const plain of [Buffer.from([0xff]), field(121, Buffer.alloc(0)), context]) {
      expect(sealedContents.read(use, plain)).toBeUndefined()
    }
  })
})
