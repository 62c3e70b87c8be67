import type { BinaryNode } from '@whiskeysockets/baileys'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Acks } from '../../../src/whatsapp/connection/acks.ts'
import { readReceipt } from '../../../src/whatsapp/messages/receipts.ts'
import { toProto } from '../../../src/whatsapp/messages/to-whatsapp.ts'
import { settled } from '../../util/turns.ts'

const me = { id: '5491138620812:7@s.whatsapp.net', lid: '100200300:7@lid' }
const juan = '5491112345678@s.whatsapp.net'

describe('a receipt', () => {
  const node = (attrs: Record<string, string>, content?: BinaryNode['content']): BinaryNode => ({
    tag: 'receipt',
    attrs: { id: 'A', from: juan, t: '1700000000', ...attrs },
    ...(content === undefined ? {} : { content }),
  })
  const at = new Date(1_700_000_000_000)

  test.each([
    ['no type', {}, 'delivered'],
    ['inactive', { type: 'inactive' }, 'delivered'],
    ['read', { type: 'read' }, 'read'],
    ['played', { type: 'played' }, 'read'],
    ['read by a device', { type: 'read', from: '5491112345678:3@s.whatsapp.net' }, 'read'],
    ['read in a group', { type: 'read', from: '1203@g.us', participant: '5@lid' }, 'read'],
  ])('with %s says so', (_what, attrs, status) => {
    expect(readReceipt(node(attrs), me)).toEqual({ waIds: ['A'], status, at })
  })

  test.each([
    ['a retry', { type: 'retry' }],
    ['our own reading on another device', { type: 'read-self' }],
    ['what a server might invent', { type: 'constructor' }],
    ['what every object has', { type: 'toString' }],
    ['our phone’s', { from: '5491138620812@s.whatsapp.net' }],
    ['our other device’s', { from: '5491138620812:2@s.whatsapp.net' }],
    ['our own in a group', { from: '1203@g.us', participant: '100200300:1@lid' }],
    ['about a message that somebody else sent', { recipient: juan }],
    ['without an id', { id: '' }],
    ['without a sender', { from: '' }],
  ])('that is %s says nothing of our messages', (_what, attrs) => {
    expect(readReceipt(node(attrs), me)).toBeUndefined()
  })

  test('of several messages names them all', () => {
    const items = ['B', 'C'].map((id) => ({ tag: 'item', attrs: { id } }))
    const list = { tag: 'list', attrs: {}, content: [...items, { tag: 'item', attrs: {} }] }
    expect(readReceipt(node({ type: 'read' }, [list]), me)?.waIds).toEqual(['A', 'B', 'C'])
    expect(readReceipt(node({ type: 'read' }, 'no list'), me)?.waIds).toEqual(['A'])
  })

  test.each(['', 'soon', '0', '1e300', '99999999999999999999'])(
    'with the time %j has one that can be stored',
    (t) => {
      expect(readReceipt(node({ t }), me)?.at.getTime()).toSatisfy(Number.isSafeInteger)
    },
  )
})

describe('an ack', () => {
  const ack = (id?: string, error?: string): BinaryNode => ({
    tag: 'ack',
    attrs: {
      class: 'message',
      ...(id === undefined ? {} : { id }),
      ...(error === undefined ? {} : { error }),
    },
  })

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('answers the send that waits for it, and no other', async () => {
    const acks = new Acks()
    const [a, b] = [acks.wait('A', 1000), acks.wait('B', 1000)]
    acks.receive(ack('A'))
    expect(await a).toEqual({ kind: 'acked' })
    expect(await settled(b)).toBe(false)
    acks.receive(ack('B', '463'))
    expect(await b).toEqual({ kind: 'refused', code: '463' })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that never comes is silence after the deadline', async () => {
    const acks = new Acks()
    const waiting = acks.wait('A', 1000)
    vi.advanceTimersByTime(1000)
    expect(await waiting).toEqual({ kind: 'silent' })
    acks.receive(ack('A'))
  })

  test('without a waiting send, repeated, or without an id, is ignored', async () => {
    const acks = new Acks()
    const waiting = acks.wait('A', 1000)
    for (const node of [ack(), ack('X'), ack('A'), ack('A', '479')]) acks.receive(node)
    expect(await waiting).toEqual({ kind: 'acked' })
  })

  test('belongs to the last try of its id; an earlier one ends in silence', async () => {
    const acks = new Acks()
    const first = acks.wait('A', 1000)
    vi.advanceTimersByTime(500)
    const second = acks.wait('A', 1000)
    vi.advanceTimersByTime(500)
    expect(await first).toEqual({ kind: 'silent' })
    acks.receive(ack('A'))
    expect(await second).toEqual({ kind: 'acked' })
  })

  test('is silence for all when the socket is gone', async () => {
    const acks = new Acks()
    const waiting = ['A', 'B', 'C'].map((id) => acks.wait(id, 1000))
    acks.giveUp()
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => ({ kind: 'silent' })))
    expect(vi.getTimerCount()).toBe(0)
    acks.giveUp()
  })
})

test('a stored text gives the same content for every try; other kinds are refused', () => {
  const text = { kind: 'text', text: 'hola 👋', details: null } as const
  expect(toProto(text)).toEqual({ extendedTextMessage: { text: 'hola 👋' } })
  expect(toProto(text)).toEqual(toProto(text))
  expect(() => toProto({ kind: 'event', text: '', details: null })).toThrow('cannot send')
  expect(() => toProto({ kind: 'image', text: '', details: null })).toThrow('was not uploaded')
})
