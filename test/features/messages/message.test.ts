import { describe, expect, test } from 'vitest'
import { advances, previewOf } from '../../../src/features/messages/message.ts'
import { reasons } from '../../../src/core/messages/status.ts'
import type { MessageKind } from '../../../src/features/messages/message.ts'
import type { MessageStatus, StatusReason } from '../../../src/core/messages/status.ts'

/** For each status the ones that are news after it; all others change nothing. */
const next = {
  received: [],
  queued: ['sent', 'delivered', 'read', 'failed', 'expired', 'cancelled'],
  sent: ['delivered', 'read'],
  delivered: ['read'],
  read: [],
  failed: ['delivered', 'read'],
  expired: ['sent', 'delivered', 'read'],
  cancelled: [],
} satisfies Record<MessageStatus, MessageStatus[]>

const statuses = Object.keys(next) as MessageStatus[]

describe.each(statuses)('a message that is %s', (current) => {
  const news: MessageStatus[] = next[current]
  test.each(statuses)(
    `${news.length === 0 ? 'changes no more' : `changes to ${news.join(', ')} only`}: %s`,
    (status) => {
      expect(advances(current, status)).toBe(news.includes(status))
    },
  )
})

test('no status is news for itself, and no path of statuses leads back', () => {
  const reachable = (from: MessageStatus, seen: MessageStatus[] = []): MessageStatus[] =>
    next[from].reduce<MessageStatus[]>(
      (found, status) => (found.includes(status) ? found : reachable(status, [...found, status])),
      seen,
    )
  for (const status of statuses) expect(reachable(status)).not.toContain(status)
})

const labels = {
  text: '',
  image: '[image]',
  video: '[video]',
  audio: '[audio]',
  document: '[document]',
  sticker: '[sticker]',
  location: '[location]',
  contact: '[contact]',
  poll: '[poll]',
  event: '[event]',
  order: '[order]',
  product: '[product]',
  call: '[call]',
  reaction: '[reaction]',
  edit: '[edit]',
  delete: '[delete]',
  unsupported: '[unsupported]',
  undecryptable: '[undecryptable]',
} satisfies Record<MessageKind, string>

test.each(Object.entries(labels) as [MessageKind, string][])(
  'a list shows the words of a message of kind %s, or %j where it has none',
  (kind, label) => {
    expect(previewOf({ kind, text: 'hola' })).toBe('hola')
    expect(previewOf({ kind, text: '' })).toBe(label)
    expect(previewOf({ kind, text: 'hola', deletedAt: new Date() })).toBe('[deleted]')
  },
)

test.each(Object.entries(reasons) as [StatusReason, string][])(
  'the reason %s has a sentence',
  (_, sentence) => {
    expect(sentence).toMatch(/^[A-Z].+\.$/)
  },
)
