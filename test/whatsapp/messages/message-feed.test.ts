import type { BinaryNode } from '@whiskeysockets/baileys'
import { beforeEach, expect, test } from 'vitest'
import { Backlog } from '../../../src/whatsapp/messages/backlog.ts'
import { MessageFeed } from '../../../src/whatsapp/messages/message-feed.ts'
import { turns } from '../../util/turns.ts'

let backlog: Backlog
let feed: MessageFeed
/** Ids of the stanzas that were begun, and the ways to end them. */
let begun: string[]
let ends: (() => void)[]

beforeEach(() => {
  ;[begun, ends] = [[], []]
  backlog = new Backlog()
  feed = new MessageFeed({
    held: () => backlog.coming,
    hand: ({ attrs }) =>
      new Promise<void>((resolve) => {
        begun.push(attrs['id'] ?? '')
        ends.push(resolve)
      }),
  })
  backlog.over = () => feed.resume()
})

const stanza = (id: string, offline = false, from = 'one'): BinaryNode => ({
  tag: 'message',
  attrs: { id, from, ...(offline ? { offline: '0' } : {}) },
})

/** Ends the running work until nothing more begins. */
async function finish(): Promise<void> {
  for (let end = ends.shift(); end; end = ends.shift()) {
    end()
    await turns()
  }
}

test('new messages of a chat are handed on one after another', async () => {
  for (const id of ['1', '2', '3']) feed.take(stanza(id))
  await turns()
  expect(begun).toEqual(['1'])
  await finish()
  expect(begun).toEqual(['1', '2', '3'])
})

test('messages of several chats are handed on at the same time, up to a limit', async () => {
  for (const chat of ['one', 'two', 'one']) feed.take(stanza(`${chat} ${begun.length}`, false, chat))
  expect(begun).toEqual(['one 0', 'two 1'])
  await finish()
  expect(begun).toHaveLength(3)
  for (let n = 0; n < 30; n++) feed.take(stanza(`${n}`, false, `chat ${n}`))
  expect(begun).toHaveLength(3 + 20)
  await finish()
  expect(begun).toHaveLength(3 + 30)
})

test('a chat is one, whichever device of the owner or address of the customer wrote', async () => {
  const attrs = [
    { id: '1', from: 'juan@s.whatsapp.net', sender_lid: 'juan@lid' },
    { id: '2', from: 'juan@lid' },
    { id: '3', from: 'me@s.whatsapp.net', recipient: 'juan@lid' },
  ]
  for (const each of attrs) feed.take({ tag: 'message', attrs: each })
  expect(begun).toEqual(['1'])
  await finish()
  expect(begun).toEqual(['1', '2', '3'])
})

test('what is new waits until the backlog has come and been decrypted', async () => {
  backlog.begin()
  const dealtWith = ['old 1', 'old 2'].map((id) => {
    feed.take(stanza(id, true))
    return backlog.arrived()
  })
  feed.take(stanza('new'))
  expect(begun).toEqual(['old 1', 'old 2'])
  dealtWith[0]?.()
  // The same again, as where a ciphertext comes twice, says nothing of the other one.
  dealtWith[0]?.()
  backlog.sent()
  await turns()
  expect(begun).toEqual(['old 1', 'old 2'])
  dealtWith[1]?.()
  await turns()
  expect(begun).toEqual(['old 1', 'old 2', 'new'])
})

test('what is decrypted late of an earlier connection says nothing of this one’s backlog', async () => {
  backlog.begin()
  const earlier = backlog.arrived()
  backlog.begin()
  const dealtWith = backlog.arrived()
  backlog.sent()
  feed.take(stanza('new'))
  earlier()
  expect(begun).toEqual([])
  dealtWith()
  expect(begun).toEqual(['new'])
})

test('a backlog that does not fit into memory is handed on all the same, the oldest first', async () => {
  backlog.begin()
  for (let n = 0; n < 5002; n++) feed.take(stanza(`${n}`))
  await finish()
  expect(begun).toEqual(['0', '1'])
})

test('no message is handed on after the end', async () => {
  for (const id of ['1', '2']) feed.take(stanza(id))
  feed.end()
  await finish()
  expect(begun).toEqual(['1'])
})
