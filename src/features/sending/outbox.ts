import { isAction } from '../../core/message-kind.ts'
import type { MessageKind } from '../../core/message-kind.ts'
import { withContext } from '../../core/message-body.ts'
import type { MessageBody } from '../../core/message-body.ts'
import { AppError } from '../../core/errors.ts'
import type { AccountId, ChatId, MessageId } from '../../core/ids.ts'
import { jidKind } from '../../core/jid.ts'
import type { Lines } from '../../core/ports.ts'
import { makeWaId } from '../../core/wa-id.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import type { Notifier } from '../../util/notifier.ts'
import { assignConversation } from '../chats/assign-conversation.ts'
import { countMessage, findTimer, placeOfNext } from '../chats/records.ts'
import { takeOver } from '../messages/takeover.ts'
import type { PersonRows } from '../contacts/person-rows.ts'
import type { Languages } from '../messages/languages.ts'
import { previewOf } from '../messages/message.ts'
import { insertMessage, findMessage } from '../messages/records.ts'
import { changeStatus } from '../messages/statuses.ts'
import { refuseCaption } from './attachments.ts'
import type { Attachments } from './attachments.ts'
import { recordDraft } from './broadcast-guard.ts'
import { checkConsent } from './consent.ts'
import type { OutboxMessage } from './outbox-message.ts'
import type { InFlightSends } from './queue/in-flight-sends.ts'
import { markMarketing } from './queries/consent.ts'
import { findOutboxRow, insertOutbox } from './queries/outbox.ts'
import { lastIncomingAt } from './queries/pacing.ts'
import { findOrCreateRecipient } from './recipient.ts'
import { classify } from './rules/pacing.ts'
import type { SendClass } from './rules/pacing.ts'

/** WhatsApp's time is in whole seconds and answers take a while; a larger difference means a wrong clock. */
const wrongByMs = 60_000

/** Holds the dependencies and settings of the outbox. */
export interface OutboxParts {
  store: Store
  clock: Clock
  timeToLiveMs: number
  /** Milliseconds that the bot stays silent after a person wrote. */
  humanMs: number
  /** Notified when messages may go out. */
  outboxChanged: Notifier
  inFlightSends: InFlightSends
  lines: Pick<Lines, 'find'>
  attachments: Pick<Attachments, 'attach'>
  languages: Pick<Languages, 'ofCustomer'>
  /** True if a pace is kept; without one no confirmation is needed. */
  paced: boolean
  personRows: PersonRows
}

/** Accepts messages from every source and keeps them until they have gone out. */
export class Outbox {
  private readonly parts: OutboxParts
  private readonly wakeSenders = () => this.parts.outboxChanged.notify()

  constructor(parts: OutboxParts) {
    this.parts = parts
  }

  /**
   * Cancels a message before it goes out.
   * @throws AppError not_found; conflict if it has gone out or may have
   */
  async cancel(accountId: AccountId, messageId: MessageId): Promise<void> {
    const { store, clock, inFlightSends } = this.parts
    if (!inFlightSends.reserve(messageId)) {
      throw new AppError('conflict', 'This message is being sent right now.')
    }
    try {
      await store.writeUrgently(async (trx) => {
        const waId = await findCancellable(trx, accountId, messageId)
        const change = { status: 'cancelled', reason: 'cancelled', detail: null, at: clock.now() } as const
        await changeStatus(trx, accountId, waId, change)
      })
    } finally {
      inFlightSends.release(messageId)
    }
  }

  /**
   * Writes message, chat, counters and outbox row in the caller's transaction, whose commit wakes the senders. There is no
   * other way into the outbox.
   * @throws AppError conflict for advertising without consent; invalid_request for the same text to too many strangers without
   * confirmation; then nothing is written
   */
  async enqueue(trx: Trx, accountId: AccountId, draft: OutboxMessage): Promise<MessageId> {
    const { clock, personRows: rows, languages, timeToLiveMs, humanMs, attachments } = this.parts
    const { jid, author, category = 'transactional', attachment } = draft
    const at = clock.now()
    const chat = await findOrCreateRecipient(trx, jid, { accountId, at, rows })
    const body = bodyOf(draft)
    const { kind } = body
    const to = { accountId, chatId: chat.id }
    const text = await checkConsent(trx, to, { kind, text: draft.text, category, author }, languages)
    const changes = isAction(kind)
    const sendClass = await this.classOf(trx, chat.id, draft, { kind, accountId, at })
    const dueAt = draft.dueAt ?? at
    const expiresAt = draft.expiresAt ?? new Date(dueAt.getTime() + timeToLiveMs)
    const sentAt = await placeOfNext(trx, chat.id, this.whatsAppTime(accountId))
    const messageId = await insertMessage(trx, {
      ...to,
      conversationId: changes ? null : await assignConversation(trx, accountId, chat, at),
      waId: makeWaId(),
      direction: 'outgoing',
      author,
      ...(changes ? body : await timed(trx, chat.id, body)),
      text,
      status: 'queued',
      reason: null,
      origin: 'api',
      sentAt,
      createdAt: at,
      expiresAt,
      participant: null,
      proto: null,
    })
    if (messageId === undefined) throw new Error('a new message id was in use already')
    if (category === 'marketing') await markMarketing(trx, messageId)
    if (author === 'operator') await takeOver(trx, { ...to, operatorId: null, forMs: humanMs, at })
    // A change shows at the message it changes, and not as one of its own.
    if (!changes) {
      const shown = { sentAt, preview: previewOf({ kind, text }), unread: false, confirms: false }
      const counted = { id: messageId, customerId: chat.customerId, direction: 'outgoing', ...shown } as const
      await countMessage(trx, chat.id, counted)
    }
    await insertOutbox(trx, { ...to, messageId, dueAt, expiresAt, sendClass })
    if (attachment) await attachments.attach(trx, attachment, { accountId, messageId, expiresAt })
    afterCommit(trx, this.wakeSenders)
    return messageId
  }

  /** Returns a draft's send class, and counts messages to strangers. @throws AppError invalid_request */
  private async classOf(
    trx: Trx,
    chatId: ChatId,
    draft: OutboxMessage,
    about: { kind: MessageKind; accountId: AccountId; at: Date },
  ): Promise<SendClass> {
    const standing = {
      kind: jidKind(draft.jid) === 'group' ? 'group' : 'person',
      lastIncomingAt: await lastIncomingAt(trx, chatId),
      changes: isAction(about.kind),
    } as const
    const sendClass = classify(standing, about.at.getTime())
    if (sendClass === 'cold' && this.parts.paced) await recordDraft(trx, { ...about, chatId }, draft)
    return sendClass
  }

  /** Returns WhatsApp's time: with a wrong local clock, messages still sort among those with WhatsApp's time. */
  private whatsAppTime(accountId: AccountId): Date {
    const { clock, lines } = this.parts
    const now = clock.now()
    const time = lines.find(accountId)?.time?.()
    const wrong = time !== undefined && Math.abs(time.getTime() - now.getTime()) > wrongByMs
    return wrong ? time : now
  }
}

/** Returns the WhatsApp id of a message that can be cancelled. @throws AppError not_found; conflict */
async function findCancellable(trx: Trx, accountId: AccountId, messageId: MessageId): Promise<string> {
  const message = await findMessage(trx, accountId, messageId)
  if (!message || message.direction === 'incoming') throw new AppError('not_found', 'No such message')
  const waiting = await findOutboxRow(trx, messageId)
  if (!waiting)
    throw new AppError('conflict', `This message can no longer be cancelled: it is ${message.status}.`)
  if (waiting.reason === 'unconfirmed') {
    throw new AppError(
      'conflict',
      'This message may have been sent already: WhatsApp has not confirmed it yet.',
    )
  }
  return message.waId
}

/** Adds the chat's timer to the details, as phones do. */
async function timed(trx: Trx, chatId: ChatId, body: MessageBody): Promise<MessageBody> {
  const seconds = await findTimer(trx, chatId)
  return seconds === 0 ? body : withContext(body, { disappearsAfter: seconds })
}

function bodyOf(draft: OutboxMessage): MessageBody {
  const { attachment, kind = 'text', details = null } = draft
  if (!attachment) return { kind, details }
  if (draft.text !== '') refuseCaption(attachment.kind)
  const { facts: media, upload } = attachment
  return { kind: attachment.kind, details: { ...details, media, ...(upload === null ? {} : { upload }) } }
}
