import { expect, test } from 'vitest'
import type { NewContent } from '../../../src/features/messages/outgoing.ts'
import { readContent, writeContent } from '../../../src/features/sending/queries/schedule-content.ts'

const place = { latitude: -34.6, longitude: -58.4, name: 'Obelisco', address: '' }
const contact = { name: 'Ana', phones: ['5491155550001'] }
const poll = { question: '¿Cuándo?', options: ['Lunes', 'Martes'], selectable: 1 }
const linkPreview = { url: 'https://a.b', title: 'A', description: '' }
const choices = [{ title: 'Sí' }, { title: 'No', description: 'Otro día' }]

/** Each as rows have held it from the first version on, and as the sender takes it. */
const rows: [string, string, NewContent][] = [
  ['a place', JSON.stringify({ place }), { body: { kind: 'location', place } }],
  ['a contact card', JSON.stringify({ contact }), { body: { kind: 'contact', contact } }],
  ['a poll', JSON.stringify({ poll }), { body: { kind: 'poll', poll } }],
  ['choices', JSON.stringify({ choices }), { body: { kind: 'text', choices } }],
  ['a preview', JSON.stringify({ linkPreview }), { body: { kind: 'text', linkPreview } }],
  [
    'an answer to another message',
    JSON.stringify({ replyTo: 12, mentions: ['5@lid'], forwarded: true, linkPreview, choices }),
    {
      body: { kind: 'text', linkPreview, choices },
      replyTo: 12,
      mentions: ['5@lid'],
      forwarded: true,
    },
  ],
  [
    'a forwarded place',
    JSON.stringify({ forwarded: true, place }),
    { body: { kind: 'location', place }, forwarded: true },
  ],
  ['nothing besides a text', '{}', { body: { kind: 'text' } }],
]

test.each(rows)('a schedule with %s is read from its row as it was asked for', (_what, column, content) => {
  expect(readContent(column)).toEqual(content)
})

test.each(rows)('a schedule with %s is written as rows have always held it', (_what, column, content) => {
  expect(writeContent(content)).toBe(column)
})

test('a schedule that sends a text alone has an empty column', () => {
  expect(writeContent(null)).toBeNull()
  expect(readContent(null)).toBeNull()
})
