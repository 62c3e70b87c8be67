import type { BinaryNode } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import { Calls } from '../../../src/whatsapp/messages/calls.ts'

const own = ['5491138620812@s.whatsapp.net', '100200300@lid']
const ana = '5491112345678@s.whatsapp.net'
const lid = '123456789012345@lid'
const now = new Date(1_700_000_000_500)

const stanza = (
  tag: string,
  attrs: Record<string, string> = {},
  about: Record<string, string> = {},
  content: BinaryNode[] = [],
): BinaryNode => ({
  tag: 'call',
  attrs: { from: ana, id: 'S', t: '1700000000', notify: 'Ana', ...about },
  content: [{ tag, attrs: { 'call-id': 'C1', 'call-creator': ana, ...attrs }, content }],
})
const video = [{ tag: 'video', attrs: {} }]
const told = (...stanzas: BinaryNode[]) => {
  const calls = new Calls()
  return stanzas.map((each) => calls.read(each, own, now))
}

test.each([
  ['nobody took', [stanza('offer'), stanza('terminate', { reason: 'timeout' })], 'missed', 'no'],
  ['the caller gave up', [stanza('offer', {}, {}, video), stanza('terminate')], 'missed', 'yes'],
  [
    'the phone took',
    [stanza('offer'), stanza('terminate', { reason: 'accepted_elsewhere' })],
    'answered',
    'no',
  ],
  ['was taken before', [stanza('offer'), stanza('accept'), stanza('terminate')], 'answered', 'no'],
  [
    'the phone refused',
    [stanza('offer'), stanza('terminate', { reason: 'rejected_elsewhere' })],
    'rejected',
    'no',
  ],
  ['began before a restart', [stanza('terminate', { reason: 'timeout' })], 'missed', 'no'],
  [
    'came while nobody was here',
    [stanza('offer_notice', { media: 'video' }, { offline: '1' })],
    'missed',
    'yes',
  ],
])('a call that %s is one message', (_what, stanzas, outcome, isVideo) => {
  const all = told(...stanzas)
  expect(all.filter((each) => each !== undefined)).toHaveLength(1)
  expect(all.at(-1)).toMatchObject({
    kind: 'call',
    waId: 'C1',
    fromMe: false,
    pushName: 'Ana',
    chat: { kind: 'person', phone: '5491112345678' },
    sentAt: new Date(1_700_000_000_000),
    details: { facts: { outcome, video: isVideo } },
  })
})

test('a call stands in the chat with the caller, under each address, or in the group', () => {
  const by = { 'call-creator': '123456789012345:3@lid' }
  const [named] = told(stanza('terminate', { ...by, caller_pn: ana }))
  expect(named?.chat).toEqual({ kind: 'person', phone: '5491112345678', lid, group: null })
  expect(told(stanza('terminate', by))[0]?.chat).toMatchObject({ phone: null, lid })
  const [inGroup] = told(stanza('terminate', { ...by, 'group-jid': '120363041234567890@g.us' }))
  expect(inGroup).toMatchObject({ chat: { kind: 'group' }, participant: lid })
})

test.each([
  ['a call of the account itself', stanza('terminate', { 'call-creator': '5491138620812:2@s.whatsapp.net' })],
  ['one that goes on', stanza('offer')],
  ['how its way is found', stanza('transport')],
  ['one without an id', stanza('terminate', { 'call-id': '' })],
  ['one by nobody', stanza('terminate', { 'call-creator': 'x@constructor' })],
  ['nothing', { tag: 'call', attrs: { from: ana } }],
])('%s is no message', (_what, node) => {
  expect(told(node)).toEqual([undefined])
})

test.each(['', '0', 'soon', '99999999999'])('a call with the time %j has that of its arrival', (t) => {
  expect(told(stanza('terminate', {}, { t }))[0]?.sentAt).toEqual(now)
})
