import { noHistory } from '../../src/core/messages/history.ts'
import { expect, test } from 'vitest'
import type { Chat } from '../../src/features/chats/chat.ts'
import type { ConnectionState } from '../../src/features/accounts/connection.ts'
import type { Message } from '../../src/features/messages/message.ts'
import type { MessageStatus } from '../../src/core/messages/status.ts'
import { defaultSettings } from '../../src/core/settings.ts'
import { unrestricted } from '../../src/features/sending/rules/restriction.ts'
import { presentQr } from '../../src/apis/botbiz/linking/qr-code-schema.ts'
import { BotonChats, presentChats, readPage } from '../../src/apis/boton/chats/schema.ts'
import { BotonTranscript, presentTranscript } from '../../src/apis/boton/chats/messages-schema.ts'
import { SendAnswer, SendBody, presentSend } from '../../src/apis/boton/send/schema.ts'
import { accountRef, plusDigits, readAccountRef, readRowId } from '../../src/apis/shared/ids.ts'
import { MessageState, presentMessageState } from '../../src/apis/zaguan/messages/schema.ts'
import { presentConnection, presentStatus } from '../../src/apis/zaguan/status/schema.ts'
import { iso, unixSeconds } from '../../src/apis/shared/times.ts'
import { unlinkedAccount } from '../features/accounts/unlinked-account.ts'

const at = new Date('2026-03-25T14:00:00.123Z')
const written = '2026-03-25T14:00:00.123Z'

const chat: Chat = {
  id: 7,
  accountId: 1,
  kind: 'person',
  jid: '5491112345678@s.whatsapp.net',
  phone: '5491112345678',
  name: 'Juan',
  username: null,
  lastMessage: { text: '[image]', direction: 'incoming', sentAt: at, status: 'received', reason: null },
  messageCount: 8,
  unreadCount: 1,
  botEnabled: true,
  untouchable: false,
  instruction: null,
}

const message: Message = {
  id: 1003,
  accountId: 1,
  chatId: 7,
  conversationId: 3,
  waId: '3EB0',
  chatJid: chat.jid,
  chatUsername: null,
  direction: 'outgoing',
  author: 'bot',
  kind: 'image',
  text: '',
  details: null,
  status: 'delivered',
  reason: null,
  reasonDetail: null,
  origin: 'live',
  sentAt: at,
  createdAt: at,
  ackedAt: at,
  deliveredAt: at,
  readAt: null,
  expiresAt: null,
  participant: null,
  sender: null,
  editedAt: null,
  deletedAt: null,
  reactions: [],
  votes: [],
  answers: [],
}

test('BOTON-15 to 24 a chat is written with the keys of the document and no other', () => {
  const shown = presentChats(
    { chats: [chat, { ...chat, lastMessage: null }], total: 41 },
    { page: 1, pageSize: 20 },
  )
  expect(BotonChats.parse(shown)).toEqual({
    chats: [
      {
        jid: chat.jid,
        name: 'Juan',
        lastMessage: { text: '[image]', direction: 'incoming', timestamp: written },
        messageCount: 8,
        botEnabled: true,
      },
      { jid: chat.jid, name: 'Juan', lastMessage: null, messageCount: 8, botEnabled: true },
    ],
    total: 41,
    page: 1,
    hasMore: true,
  })
})

function hasMore(page: number, total: number): boolean {
  return presentChats({ chats: [], total }, { page, pageSize: 20 }).hasMore
}

test('BOTON-24 hasMore is whether (page+1)*pageSize is below the total', () => {
  expect([hasMore(0, 0), hasMore(0, 20), hasMore(0, 21), hasMore(1, 40), hasMore(1, 41)]).toEqual([
    false,
    false,
    true,
    false,
    true,
  ])
})

test('a page is the slice that starts after the pages before it', () => {
  expect(readPage({ page: 3, pageSize: 20 })).toEqual({ offset: 60, limit: 20 })
})

test('BOTON-29 to 32 a message is written with its label, direction, time, and whether the model wrote it', () => {
  const authors = ['bot', 'api', 'operator', 'customer'] as const
  const messages = authors.map((author) => ({ ...message, author }))
  const shown = BotonTranscript.parse(presentTranscript({ chat, messages }))
  expect(shown.messages[0]).toEqual({
    id: 1003,
    kind: 'image',
    status: 'delivered',
    text: '[image]',
    direction: 'outgoing',
    timestamp: written,
    botGenerated: true,
  })
  expect(shown.messages.map((one) => one.botGenerated)).toEqual([true, false, false, false])
})

test('BOTON-38 one recipient is also answered at the top level, and several are not', () => {
  const results = [{ to: chat.jid, jid: chat.jid, status: 'queued' as const, messageId: 1, error: null }]
  const to = { list: [{ written: '+54 9 11 1234-5678', jid: chat.jid }], single: true }
  const result = { to: '+54 9 11 1234-5678', jid: chat.jid, status: 'queued', messageId: 1, error: null }
  const single = SendAnswer.parse(presentSend(results, to))
  expect(single).toEqual({ success: true, results: [result], jid: chat.jid, messageId: 1, status: 'queued' })
  expect(SendAnswer.parse(presentSend(results, { ...to, single: false }))).toEqual({
    success: true,
    results: [result],
  })
})

test('BOTON-38 success is false only where every recipient was rejected', () => {
  const rejected = { to: 'a', jid: null, status: 'rejected' as const, messageId: null, error: 'opted out' }
  const queued = { to: 'b', jid: 'b', status: 'queued' as const, messageId: 1, error: null }
  const to = { list: [], single: false }
  expect(presentSend([rejected, queued], to).success).toBe(true)
  expect(presentSend([rejected], to).success).toBe(false)
})

test('BOTON-34 recipients are read in every spelling, each once, in order', () => {
  const spelt = [
    '+54 9 11 1234-5678',
    5491112345678,
    '5491112345678@s.whatsapp.net',
    '5491198765432',
    '123456@lid',
  ]
  const { to } = SendBody.parse({ to: spelt, message: 'hola' })
  expect(to.list.map((one) => one.jid)).toEqual([chat.jid, '5491198765432@s.whatsapp.net', '123456@lid'])
  expect(to.list[0]?.written).toBe('+54 9 11 1234-5678')
})

test('BOTON-34 a JSON number that lost digits, a fraction and other types are no recipients', () => {
  for (const to of [54911.12345678, 2 ** 60, -5491112345678, true, null, {}]) {
    expect(SendBody.safeParse({ to, message: 'a' }).success).toBe(false)
    expect(SendBody.safeParse({ to: [to], message: 'a' }).error?.issues[0]?.path).toEqual(['to', 0])
  }
})

test('X-05 ids are bare integers or carry the prefix of their kind', () => {
  expect(accountRef(12)).toBe('wha_12')
  expect([readAccountRef('wha_12'), readAccountRef('12')]).toEqual([12, 12])
  for (const text of ['wha_', 'wha_0', 'wha_01', 'wha_-1', 'wha_1e3', 'msg_1', ''])
    expect(readAccountRef(text)).toBeUndefined()
  expect(readRowId('9'.repeat(16))).toBeUndefined()
})

test('X-04 phone numbers are written with + for Botssy and Botbiz', () => {
  expect([plusDigits('5491112345678'), plusDigits(null)]).toEqual(['+5491112345678', null])
})

test('X-06 times are ISO 8601 in UTC, or Unix seconds', () => {
  expect([iso(at), iso(null), unixSeconds(at)]).toEqual([written, null, 1774447200])
})

test('a message state says in words what became of the message', () => {
  const state = (status: MessageStatus) =>
    MessageState.parse(presentMessageState({ ...message, status }, { place: null })).say
  const statuses: Record<MessageStatus, RegExp> = {
    received: /received/,
    queued: /waits/,
    sent: /WhatsApp has it/,
    delivered: /reached/,
    read: /read it/,
    failed: /could not/,
    expired: /time to live/,
    cancelled: /cancelled/,
  }
  for (const [status, say] of Object.entries(statuses)) expect(state(status as MessageStatus)).toMatch(say)
  const refused = presentMessageState(
    { ...message, status: 'failed', reason: 'not_on_whatsapp' },
    { place: null },
  )
  expect(refused).toMatchObject({ reason: 'not_on_whatsapp', say: 'This number is not on WhatsApp.' })
})

test('a connection is written without the code to scan', () => {
  const states: { [K in ConnectionState['kind']]: [ConnectionState & { kind: K }, object] } = {
    starting: [{ kind: 'starting' }, {}],
    connecting: [{ kind: 'connecting', attempt: 2 }, { attempt: 2 }],
    pairing: [{ kind: 'pairing', qr: '2@secret', until: at, pairingCode: 'ABCD' }, { until: written }],
    open: [{ kind: 'open', since: at }, { since: written }],
    waiting: [
      { kind: 'waiting', attempt: 3, until: at, reason: 'timed_out' },
      { attempt: 3, until: written, reason: 'timed_out' },
    ],
    closed: [
      { kind: 'closed', reason: 'logged_out', since: at },
      { since: written, reason: 'logged_out' },
    ],
  }
  const empty = { reason: null, attempt: null, since: null, until: null, drops: 0 }
  for (const [kind, [state, shown]] of Object.entries(states)) {
    expect(presentConnection({ state, say: 'so' })).toEqual({ ...empty, state: kind, say: 'so', ...shown })
  }
})

test('BOTON-05 to 11 a status has the seven keys of the document, and more', () => {
  const account = { ...unlinkedAccount, createdAt: at }
  const facts = {
    account,
    settings: defaultSettings,
    connected: false,
    activeBotChats: 12,
    untouchableChats: 2,
    connection: { state: { kind: 'starting' as const }, say: 'so' },
    outbox: { waiting: 1, oldestAt: at, reason: 'why' },
    history: noHistory,
    restriction: { standing: unrestricted, held: null },
    journal: { waiting: 0, setAside: 0 },
    webhooks: { pending: 2, oldestPendingAt: at, failing: [{ id: 1, name: 'CRM', since: at, down: true }] },
    model: { state: 'down' as const, say: 'It is down.', since: at },
  }
  const caller = {
    keyId: 1,
    keyPrefix: 'bsk_live_4fJ2',
    accountId: 1,
    allAccounts: true,
    scopes: ['admin' as const],
    mode: 'live' as const,
    limits: { plan: 'pro' as const, perMinute: 300, perDay: 10_000 },
  }
  expect(
    presentStatus(facts, caller, {
      version: '1.2.3',
      now: at,
      accounts: [{ account, report: facts.connection }],
    }),
  ).toMatchObject({
    business: '',
    connected: false,
    phone: null,
    botPurpose: 'attend',
    botNewChats: false,
    activeBotChats: 12,
    untouchableChats: 2,
    api: { status: 'ok', version: '1.2.3', time: written },
    account: {
      plan: 'pro',
      keyPrefix: 'bsk_live_4fJ2',
      mode: 'live',
      permissions: ['admin'],
      limits: { perMinute: 300, perDay: 10_000 },
    },
    outbox: { waiting: 1, oldest: written, reason: 'why' },
    webhooks: {
      pending: 2,
      oldestPending: written,
      failing: [{ id: 1, name: 'CRM', since: written, down: true }],
    },
  })
})

test('BOTBIZ-25 a code to scan is written with the time at which it ends', () => {
  expect(presentQr({ qr: '2@abc', until: at })).toEqual({ qr: '2@abc', expires_at: '2026-03-25T14:00:00Z' })
})
