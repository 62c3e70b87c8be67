import { proto } from '@whiskeysockets/baileys'
import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { ContactName, IncomingMessage } from '../../src/domain/incoming.ts'
import type { Inbound } from '../../src/domain/ports.ts'
import { contactName, importHistory } from '../../src/whatsapp/history.ts'
import { Party } from './party.ts'

const phoneJid = '5491112345678@s.whatsapp.net'
const lid = '123456789012345@lid'
const address = { kind: 'person', phone: '5491112345678', lid, group: null }

test.each([
  [
    { id: phoneJid, lid, name: 'Juan P.' },
    { chat: address, name: 'Juan P.', pushName: null },
  ],
  [
    { id: lid, phoneNumber: phoneJid, notify: ' Juancho ' },
    { chat: address, name: null, pushName: 'Juancho' },
  ],
])('a contact %j has its name and both its addresses', (contact, expected) => {
  expect(contactName(contact)).toEqual(expected)
})

test.each([
  ['no id', { name: 'Juan' }],
  ['no name', { id: phoneJid }],
  ['blank names', { id: phoneJid, name: ' ', notify: '\n' }],
  ['a group', { id: '1203630412@g.us', name: 'Grupo' }],
  ['no address', { id: 'status@broadcast', name: 'Status' }],
])('a contact with %s is none', (_what, contact) => {
  expect(contactName(contact)).toBeUndefined()
})

test('a name of a megabyte is cut, also here, and not through a character', () => {
  const name = contactName({ id: phoneJid, name: 'x'.repeat(1_000_000), notify: `${'y'.repeat(99)}😀` })
  expect(name).toMatchObject({ name: 'x'.repeat(100), pushName: 'y'.repeat(99) })
})

test('a chunk of history is stored in pieces, names first, with both addresses of those who are known under two', async () => {
  const calls: (readonly (IncomingMessage | ContactName)[])[] = []
  const inbound = {
    names: async (_: number, batch: readonly ContactName[]) => void calls.push(batch),
    messages: async (_: number, batch: readonly IncomingMessage[]) => void calls.push(batch),
  } as unknown as Inbound
  const history = {
    syncType: proto.HistorySync.HistorySyncType.RECENT,
    conversations: [
      {
        id: phoneJid,
        name: 'Juan P.',
        messages: Array.from({ length: 450 }, (_, n) => ({
          message: {
            key: { remoteJid: phoneJid, id: `H${n}`, fromMe: false },
            message: { conversation: `n ${n}` },
            messageTimestamp: 1_600_000_000 + n,
          },
        })),
      },
    ],
    phoneNumberToLidMappings: [{ pnJid: '5491112345678:0@s.whatsapp.net', lidJid: lid }],
  }
  const party = await Party.create('111111@lid')
  const sock = {
    signalRepository: party.repository,
    authState: { creds: party.auth.creds, keys: party.auth.keys },
  }
  const count = await importHistory(
    sock as unknown as Parameters<typeof importHistory>[0],
    { accountId: 1, inbound },
    {
      syncType: proto.Message.HistorySyncType.RECENT,
      initialHistBootstrapInlinePayload: deflateSync(proto.HistorySync.encode(history).finish()),
    },
  )
  expect(count).toBe(450)
  expect(calls.map((batch) => batch.length)).toEqual([1, 200, 200, 50])
  const messages = calls.slice(1).flat() as IncomingMessage[]
  expect(new Set(messages.map(({ waId }) => waId)).size).toBe(450)
  for (const message of messages) expect(message).toMatchObject({ origin: 'history', chat: address })
})
