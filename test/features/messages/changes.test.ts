import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MessageDetails } from '../../../src/core/message-body.ts'
import type { Change, IncomingChange } from '../../../src/core/messages/incoming.ts'
import type { Sealed } from '../../../src/core/messages/sealed.ts'
import { revisionsOf } from '../../../src/features/messages/queries/message-changes.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { incomingChange, juan } from '../fixture.ts'
import { eventsAbout, sealWith, secret } from './sealing.ts'
import { earlyChangesOf } from '../../support/rows/messages.ts'

const poll: MessageDetails = {
  poll: { question: '¿Cuándo?', options: ['Lunes', 'Martes'], selectable: 1 },
  secret,
}
let app: TestApp
let count = 0
let waId: string

beforeAll(async () => {
  app = await startTestApp({ keepFormer: true })
})
afterAll(() => app.stop())
beforeEach(() => (waId = `M${++count}`))

const target = () => ({ waId, fromMe: false, participant: null })
const change = (what: Change, about: Partial<IncomingChange> = {}): IncomingChange => {
  const waId = `C${++count}`
  return incomingChange(what, { waId, at: new Date(1_700_000_000_000 + count * 1000), ...about })
}
const take = (...changes: IncomingChange[]) => app.services.inbox.messages(app.accountId, changes)
const comes = (message: Parameters<TestApp['inbound']>[0] = {}) => app.inbound({ waId, ...message })
const newest = async () => {
  const { messages } = await app.services.messages.ofChat(app.accountId, juan, { limit: 1 })
  const [message] = messages
  if (!message) throw new Error('there is no message')
  return message
}
const eventsOf = async (messageId: number) => (await eventsAbout(app, messageId)).map(({ name }) => name)

/** A vote as a client seals it, from the same derivation written once more. */
function seal(options: string[], from: { creator: string; voter: string }): Sealed {
  const sign = Buffer.from(`${waId}${from.creator}${from.voter}Poll Vote\u0001`)
  const first = createHmac('sha256', Buffer.alloc(32)).update(Buffer.from(secret, 'base64')).digest()
  const key = createHmac('sha256', first).update(sign).digest()
  const hashes = options.map((name) => createHash('sha256').update(name).digest())
  const plain = Buffer.concat(hashes.map((hash) => Buffer.concat([Buffer.from([10, 32]), hash])))
  return sealWith(key, plain, `${waId}\0${from.voter}`)
}

describe('a reaction', () => {
  const react = (emoji: string, about?: Partial<IncomingChange>) =>
    change({ kind: 'reaction', target: target(), emoji }, about)

  test('stands under its message, is replaced by the next one of the same person, and is taken back', async () => {
    await comes()
    const first = react('👍')
    await take(first, first, react('❤️'), react('🙏', { fromMe: true }))
    const message = await newest()
    expect(message.reactions).toMatchObject([
      { emoji: '❤️', fromMe: false },
      { emoji: '🙏', fromMe: true },
    ])
    const removal = react('')
    await take(removal, first, removal)
    expect((await newest()).reactions).toMatchObject([{ emoji: '🙏' }])
    expect(await eventsOf(message.id)).toEqual([
      'message.received',
      ...Array<string>(4).fill('message.reaction'),
    ])
  })

  test('that came before its message waits for it, and one of the history makes no event', async () => {
    const early = react('👍')
    await take(early, early)
    await comes()
    const message = await newest()
    expect(message.reactions).toMatchObject([{ emoji: '👍' }])
    await take(react('😀', { origin: 'history' }))
    expect((await newest()).reactions).toMatchObject([{ emoji: '😀' }])
    expect(await eventsOf(message.id)).toEqual(['message.received', 'message.reaction'])
  })

  test('opens neither a chat nor a conversation, and is no message', async () => {
    const stranger = { kind: 'person', phone: '5491199999999', lid: null, group: null } as const
    const before = await app.services.events.list(app.accountId, { after: 0, limit: 500 })
    await take(react('👍', { chat: stranger }))
    await expect(app.services.chats.get(app.accountId, '5491199999999')).rejects.toThrow('No such chat')
    const after = await app.services.events.list(app.accountId, { after: 0, limit: 500 })
    expect(after.events).toHaveLength(before.events.length)
  })
})

describe('an edit', () => {
  const edit = (text: string, about?: Partial<IncomingChange>) =>
    change({ kind: 'edit', target: target(), text }, about)

  test('changes the words, keeps the former ones, and says so once', async () => {
    await comes({ text: 'hoal' })
    const first = edit('hola')
    await take(first, first)
    const message = await newest()
    expect(message).toMatchObject({ text: 'hola', editedAt: first.at })
    await take(edit('hola Ana'), first)
    expect((await newest()).text).toBe('hola Ana')
    expect((await revisionsOf(app.store.read, message.id)).map(({ text }) => text)).toEqual(['hoal', 'hola'])
    expect((await eventsOf(message.id)).filter((name) => name === 'message.edited')).toHaveLength(2)
    expect((await app.services.chats.get(app.accountId, juan)).lastMessage?.text).toBe('hola Ana')
  })

  test('that came before its message waits; the newest of several wins, in whatever order they come', async () => {
    const [older, newer] = [edit('zwei'), edit('drei')]
    await take(newer, older)
    await comes({ text: 'eins' })
    expect((await newest()).text).toBe('drei')
  })

  test('of another person’s message changes nothing', async () => {
    await comes({ text: 'mío' })
    await take(edit('tuyo', { fromMe: true }))
    await take(edit('suyo', { chat: { kind: 'person', phone: '5491100000009', lid: null, group: null } }))
    expect((await newest()).text).toBe('mío')
  })

  test('in a group is allowed to the author alone', async () => {
    const group = '120363041234567890@g.us'
    const chat = { kind: 'group', phone: null, lid: null, group } as const
    await comes({ group, text: 'original', participant: '111111@lid' })
    const text = async () => {
      const { messages } = await app.services.messages.ofChat(app.accountId, group, { limit: 1 })
      return messages[0]?.text
    }
    await take(
      edit('forged', { chat, by: ['222222@lid'] }),
      change({ kind: 'delete', target: target() }, { chat, by: ['222222@lid'] }),
    )
    expect(await text()).toBe('original')
    await take(edit('own', { chat, by: ['5491155555555@s.whatsapp.net', '111111@lid'] }))
    expect(await text()).toBe('own')
  })
})

describe('a deletion', () => {
  const erase = (about?: Partial<IncomingChange>) => change({ kind: 'delete', target: target() }, about)

  test('leaves that there was a message, for good', async () => {
    await comes({ text: 'secreto' })
    const deletion = erase()
    await take(deletion, deletion, change({ kind: 'edit', target: target(), text: 'otra vez' }))
    await comes({ text: 'secreto' })
    const message = await newest()
    expect(message).toMatchObject({ text: '', details: null, deletedAt: deletion.at })
    expect(await revisionsOf(app.store.read, message.id)).toMatchObject([
      { change: 'delete', text: 'secreto' },
    ])
    expect((await eventsOf(message.id)).filter((name) => name === 'message.deleted')).toHaveLength(1)
    expect((await app.services.chats.get(app.accountId, juan)).lastMessage?.text).toBe('[deleted]')
  })

  test('that came before its message waits for it, also where the content comes last', async () => {
    await take(erase())
    await comes({ kind: 'undecryptable', text: '' })
    await comes({ text: 'ya no' })
    expect(await newest()).toMatchObject({ text: '', deletedAt: expect.any(Date) as Date })
  })
})

describe('a vote', () => {
  const own = '5491138620812@s.whatsapp.net'
  const vote = (options: string[], from = { creator: juan, voter: juan }, about?: Partial<IncomingChange>) =>
    change({ kind: 'vote', target: target(), vote: seal(options, from) }, about)

  test('is opened with the poll’s secret, whichever address its voter used', async () => {
    await comes({ kind: 'poll', text: '¿Cuándo?', details: poll })
    const first = vote(['Lunes'])
    await take(first, first, vote(['Martes'], { creator: juan, voter: '100200300@lid' }, { fromMe: true }))
    const message = await newest()
    expect(message.votes).toMatchObject([
      { options: ['Lunes'], fromMe: false },
      { options: ['Martes'], fromMe: true },
    ])
    await take(vote([]))
    expect((await newest()).votes).toMatchObject([{ fromMe: true }])
    expect((await eventsOf(message.id)).filter((name) => name === 'message.voted')).toHaveLength(3)
  })

  test('that came before its poll waits for it; one that does not open counts for nothing', async () => {
    await take(vote(['Martes']), vote(['Lunes'], { creator: own, voter: '999@lid' }))
    await comes({ kind: 'poll', text: '¿Cuándo?', details: poll })
    expect((await newest()).votes).toMatchObject([{ options: ['Martes'] }])
  })

  test('waits for the secret of its poll', async () => {
    const { poll: asked } = poll
    await comes({ kind: 'poll', text: '¿Cuándo?', details: asked ? { poll: asked } : null })
    await take(vote(['Lunes']))
    expect((await newest()).votes).toEqual([])
    await comes({ kind: 'poll', text: '¿Cuándo?', details: poll })
    expect((await newest()).votes).toMatchObject([{ options: ['Lunes'] }])
  })
})

test('changes whose messages never come are bounded for each chat', async () => {
  const flood = Array.from({ length: 260 }, (_, i) =>
    change({ kind: 'edit', target: { ...target(), waId: `never${i}` }, text: 'x' }),
  )
  await take(...flood)
  expect((await earlyChangesOf(app.store.read, juan)).length).toBeLessThanOrEqual(200)
})
