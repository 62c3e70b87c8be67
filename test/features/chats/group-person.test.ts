import { expect, test } from 'vitest'
import { formatPhone } from '../../../src/core/jid.ts'
import { personFrom } from '../../../src/features/chats/group-person.ts'
import type { PersonSources } from '../../../src/features/chats/group-person.ts'

const lid = '7001@lid'
const unknown: PersonSources = {
  customer_name: null,
  customer_push_name: null,
  customer_username: null,
  customer_phone: null,
  contact_name: null,
  contact_push_name: null,
  contact_username: null,
  sender_phone: null,
  sender_push_name: null,
  sender_username: null,
}

test.each<[string, Partial<PersonSources>, string]>([
  [
    'the customer’s name, before all others',
    { customer_name: 'Ana', contact_name: 'Anita', sender_push_name: 'A' },
    'Ana',
  ],
  ['the address book’s, before a chosen name', { contact_name: 'Anita', customer_push_name: 'A' }, 'Anita'],
  ['the name chosen in the own chat', { customer_push_name: 'A', sender_push_name: 'B' }, 'A'],
  ['the name chosen in the group', { sender_push_name: 'B', contact_push_name: 'C' }, 'B'],
  ['the name chosen, as the address book has it', { contact_push_name: 'C' }, 'C'],
  ['the username, if no number is known', { sender_username: 'sol.paz' }, '@sol.paz'],
  ['the username of the own chat', { customer_username: 'sol', sender_username: 'sol.paz' }, '@sol'],
  ['the number', { customer_username: 'sol', sender_phone: '5491112345678' }, formatPhone('5491112345678')],
  ['a neutral word, never the LID', {}, 'Member'],
])('a person of a group has %s', (_, known, name) => {
  expect(personFrom(lid, { ...unknown, ...known }).name).toBe(name)
})

test.each<[string, Partial<PersonSources>, string | null, string]>([
  [
    'of the own chat',
    { customer_phone: '5491100000001', sender_phone: '5491100000002' },
    '5491100000003@s.whatsapp.net',
    '5491100000001@s.whatsapp.net',
  ],
  [
    'of the messages',
    { sender_phone: '5491100000002' },
    '5491100000003@s.whatsapp.net',
    '5491100000002@s.whatsapp.net',
  ],
  ['that the group tells', {}, '5491100000003@s.whatsapp.net', '5491100000003@s.whatsapp.net'],
  ['that nothing tells', {}, null, lid],
])('a person of a group has the jid of the number %s', (_, known, otherJid, jid) => {
  expect(personFrom(lid, { ...unknown, ...known }, otherJid).jid).toBe(jid)
})
