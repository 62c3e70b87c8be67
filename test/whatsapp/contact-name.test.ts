import { expect, test } from 'vitest'
import { contactName } from '../../src/whatsapp/history/history.ts'

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
  [
    { id: lid, username: '@Maria.Lopez' },
    {
      chat: { ...address, phone: null },
      name: null,
      pushName: null,
      username: 'maria.lopez',
    },
  ],
])('a contact %j has its name and both its addresses', (contact, expected) => {
  expect(contactName(contact)).toEqual(expected)
})

test.each([
  ['no id', { name: 'Juan' }],
  ['no name', { id: phoneJid }],
  ['no name, and no username as WhatsApp has them', { id: lid, username: '12345' }],
  ['blank names', { id: phoneJid, name: ' ', notify: '\n' }],
  ['a group', { id: '1203630412@g.us', name: 'Grupo' }],
  ['no address', { id: 'status@broadcast', name: 'Status' }],
])('a contact with %s is none', (_what, contact) => {
  expect(contactName(contact)).toBeUndefined()
})

test('a name of a megabyte is cut, and not through a character', () => {
  const name = contactName({ id: phoneJid, name: 'x'.repeat(1_000_000), notify: `${'y'.repeat(99)}😀` })
  expect(name).toMatchObject({ name: 'x'.repeat(100), pushName: 'y'.repeat(99) })
})

// As a stranger can put them into a profile: escape sequences, direction marks, line breaks.
const hostileName = '\u001b[31m\u202Egnp\u2066\u0000\r\nJuan'

test('names of contacts come without control and direction characters', () => {
  const name = contactName({ id: phoneJid, name: hostileName, notify: hostileName })
  expect(name).toMatchObject({ name: '[31mgnp Juan', pushName: '[31mgnp Juan' })
})
