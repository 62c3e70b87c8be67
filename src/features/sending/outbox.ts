import type { AccountId, ChatId, MessageId } from '../../core/ids.ts'
import type { Account } from '../../core/account.ts'
import type { Caller } from '../../core/caller.ts'
import type { Category } from './rules/consent.ts'
import { withContext } from '../../core/message-body.ts'
import type { MessageBody } from '../../core/message-body.ts'
import { AppError } from '../../core/errors.ts'
import type { ChatAddress } from '../messages/incoming.ts'
import { jidKind, phoneOf, postsKind } from '../../core/jid.ts'
import { previewOf } from '../messages/message.ts'
import { isAction } from '../../core/message-kind.ts'
import type { MediaRequest, NewContent, SendResult } from '../messages/outgoing.ts'
import { classify } from './rules/pacing.ts'
import type { Lines } from '../../core/ports.ts'
import type { TemplateUse } from './rules/template.ts'
import { makeWaId } from '../../core/wa-id.ts'
import { findAccount } from '../accounts/queries/accounts.ts'
import { countMessage, placeOfNext } from '../chats/queries/chats.ts'
import { markMarketing } from './queries/consent.ts'
import { findTimer } from '../messages/queries/message-changes.ts'
import { findMessage } from '../messages/queries/messages.ts'
import { insertMessage } from '../messages/queries/insert-message.ts'
import { findOutboxRow, insertOutbox } from './queries/outbox.ts'
import { lastIncomingAt } from './queries/pacing.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Clock } from '../../util/clock.ts'
import { refuseWords, type Attachment, type Attachments } from '../bot/attachments.ts'
import type { BotOutreach } from '../bot/bot-outreach.ts'
import { compose } from './compose.ts'
import { assignConversation } from '../chats/assign-conversation.ts'
import type { Languages } from '../messages/languages.ts'
import type { InFlightSends } from './in-flight-sends.ts'
import { findOrCreateChat } from '../contacts/find-or-create-chat.ts'
import type { PersonRows } from '../contacts/person-rows.ts'
import { recordDraft } from './broadcast-guard.ts'
import { checkConsent } from './consent.ts'
import type { Draft } from './draft.ts'
import type { Wording } from './wording.ts'
import { changeStatus } from '../messages/statuses.ts'
import { takeOver } from '../chats/takeover.ts'

/** A send to one or more recipients. */
export interface SendRequest {
  /** Jids, each once. */
  to: readonly string[]
  text?: string | undefined
  /** Gives each recipient its own text, in place of `text`. */
  template?: TemplateUse | undefined
  /** Content beside the text or instead of it. */
  content?: NewContent | undefined
  /** A file, with the text as its caption. */
  media?: MediaRequest | undefined
  /** Makes the bot write the opening message. */
  instruction?: string | undefined
  category?: Category | undefined
  /** Confirms that more strangers than usual get the same. */
  confirmBulk?: boolean | undefined
}

/** A send to one recipient. */
export type SingleSend = Omit<SendRequest, 'to' | 'template' | 'instruction'> & { to: string }

/** What one recipient of a send gets. */
export type OneSend = Pick<SendRequest, 'text' | 'template' | 'content' | 'category' | 'confirmBulk'> & {
  attachment: Attachment | undefined
  expiresAt?: Date
}

export type { Draft }

/** WhatsApp's time is in whole seconds and answers take a while; a larger difference means a wrong clock. */
const wrongByMs = 60_000

/** Accepts messages from every source and keeps them until they have gone out. */
export class Outbox {
  private readonly store: Store
  private readonly clock: Clock
  private readonly timeToLiveMs: number
  private readonly openings: BotOutreach
  private readonly humanMs: number
  /** Notified when there is something to send. */
  private readonly outboxChanged: Notifier
  private readonly inFlightSends: InFlightSends
  private readonly lines: Pick<Lines, 'find'>
  private readonly attachments: Attachments
  private readonly wording: Pick<Wording, 'forAll'>
  private readonly languages: Pick<Languages, 'ofCustomer'>
  private readonly paced: boolean
  private readonly personRows: PersonRows

  constructor(parts: {
    store: Store
    clock: Clock
    timeToLiveMs: number
    openings: BotOutreach
    humanMs: number
    outboxChanged: Notifier
    inFlightSends: InFlightSends
    lines: Pick<Lines, 'find'>
    attachments: Attachments
    wording: Pick<Wording, 'forAll'>
    languages: Pick<Languages, 'ofCustomer'>
    /** Whether a pace is kept; without one no confirmation is needed. */
    paced: boolean
    personRows: PersonRows
  }) {
    this.store = parts.store
    this.clock = parts.clock
    this.timeToLiveMs = parts.timeToLiveMs
    this.openings = parts.openings
    this.humanMs = parts.humanMs
    this.outboxChanged = parts.outboxChanged
    this.inFlightSends = parts.inFlightSends
    this.lines = parts.lines
    this.attachments = parts.attachments
    this.wording = parts.wording
    this.languages = parts.languages
    this.paced = parts.paced
    this.personRows = parts.personRows
  }

  /**
   * Queues a text or file for each recipient, all or none. It is on disk when the promise resolves.
   * @throws AppError not_connected if the account was never linked or was logged out; conflict for an instruction
   * without a model; invalid_request if a template cannot be filled in for every recipient
   */
  async send(caller: Caller, request: SendRequest): Promise<SendResult[]> {
    const { instruction, content, media, template, text } = request
    if (instruction !== undefined) this.openings.refuseWithoutModel()
    else if (text === undefined && template === undefined && content === undefined && media === undefined)
      throw new AppError(
        'invalid_request',
        'There is nothing to send: give a message, other content or an instruction',
      )
    return this.store.write(async (trx) => {
      await this.refuseUnlinked(trx, caller.accountId)
      const texts = template && (await this.wording.forAll(trx, caller.accountId, template, request.to))
      const attachment = media && (await this.attachments.prepare(trx, caller.accountId, media, caller.keyId))
      const results: SendResult[] = []
      for (const jid of request.to) {
        const one = { ...request, text: texts?.get(jid) ?? text }
        const refusal = await this.instruct(trx, caller.accountId, jid, one)
        if (refusal !== undefined) {
          results.push({ to: jid, jid, status: 'rejected', messageId: null, error: refusal })
          continue
        }
        results.push(await this.queueOne(trx, caller.accountId, jid, { ...one, attachment }))
      }
      this.wake()
      return results
    })
  }

  /**
   * Cancels a message before it goes out.
   * @throws AppError not_found; conflict if it has gone out or may have
   */
  async cancel(accountId: AccountId, messageId: MessageId): Promise<void> {
    if (!this.inFlightSends.reserve(messageId)) {
      throw new AppError('conflict', 'This message is going out right now.')
    }
    try {
      await this.store.writeUrgently(async (trx) => {
        const message = await findMessage(trx, accountId, messageId)
        if (!message || message.direction === 'incoming') throw new AppError('not_found', 'No such message')
        const waiting = await findOutboxRow(trx, messageId)
        if (!waiting)
          throw new AppError('conflict', `This message can no longer be cancelled: it is ${message.status}.`)
        if (waiting.reason === 'unconfirmed') {
          throw new AppError(
            'conflict',
            'This message may have gone out already: WhatsApp did not confirm it yet.',
          )
        }
        const change = {
          status: 'cancelled',
          reason: 'cancelled',
          detail: null,
          at: this.clock.now(),
        } as const
        await changeStatus(trx, accountId, message.waId, change)
      })
    } finally {
      this.inFlightSends.release(messageId)
    }
  }

  /** @throws AppError not_found; not_connected if the account was never linked or was logged out */
  async refuseUnlinked(trx: Trx, accountId: AccountId): Promise<void> {
    refuseUnlinked(await findAccount(trx, accountId))
  }

  /**
   * The only way into the outbox: writes message, chat, counters and outbox row in the caller's transaction.
   * @throws AppError conflict for advertising without consent; invalid_request for the same text to too many
   * strangers
   *   without confirmation; then nothing is written
   */
  async enqueue(trx: Trx, accountId: AccountId, draft: Draft): Promise<number> {
    const at = this.clock.now()
    const address = addressOf(draft.jid)
    const rows = this.personRows
    const found = { accountId, address, at, rows, silent: false, typed: true, botEnabled: false }
    const chat = await findOrCreateChat(trx, found)
    const category = draft.category ?? 'transactional'
    const body = bodyOf(draft)
    const { kind } = body
    const text = await checkConsent(
      trx,
      { accountId, chatId: chat.id },
      { kind, text: draft.text, category, author: draft.author },
      this.languages,
    )
    const changes = isAction(kind)
    const lastAt = await lastIncomingAt(trx, chat.id)
    const sendClass = classify({ kind: address.kind, lastIncomingAt: lastAt, changes }, at.getTime())
    if (sendClass === 'cold' && this.paced)
      await recordDraft(trx, { accountId, chatId: chat.id, kind, at }, draft)
    const dueAt = draft.dueAt ?? at
    const sentAt = await placeOfNext(trx, chat.id, this.whatsAppTime(accountId))
    const expiresAt = draft.expiresAt ?? new Date(dueAt.getTime() + this.timeToLiveMs)
    const messageId = await insertMessage(trx, {
      accountId,
      chatId: chat.id,
      conversationId: changes ? null : await assignConversation(trx, accountId, chat, at),
      waId: makeWaId(),
      direction: 'outgoing',
      author: draft.author,
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
    if (draft.author === 'operator') {
      await takeOver(trx, { accountId, chatId: chat.id, operatorId: null, forMs: this.humanMs, at })
    }
    // A change shows at its message, and is none itself.
    if (!changes) {
      const shown = { sentAt, preview: previewOf({ kind, text }), unread: false, confirms: false }
      const counted = { id: messageId, customerId: chat.customerId, direction: 'outgoing', ...shown } as const
      await countMessage(trx, chat.id, counted)
    }
    await insertOutbox(trx, { accountId, messageId, chatId: chat.id, dueAt, expiresAt, sendClass })
    const { attachment } = draft
    if (attachment) await this.attachments.attach(trx, attachment, { accountId, messageId, expiresAt })
    return messageId
  }

  /** Returns WhatsApp's time: with a wrong local clock, messages still sort among those with WhatsApp's time. */
  private whatsAppTime(accountId: AccountId): Date {
    const now = this.clock.now()
    const time = this.lines.find(accountId)?.time?.()
    const wrong = time !== undefined && Math.abs(time.getTime() - now.getTime()) > wrongByMs
    return wrong ? time : now
  }

  /**
   * Queues a message for one recipient of a send, in the caller's transaction: without consent the others still get
   * theirs.
   * @throws AppError invalid_request; conflict if the quoted message is not there
   */
  async queueOne(
    trx: Trx,
    accountId: AccountId,
    jid: string,
    { text, content, attachment, ...request }: OneSend,
  ): Promise<SendResult> {
    const to = { to: jid, jid }
    // An instruction alone: the bot writes.
    if (text === undefined && content === undefined && attachment === undefined)
      return { ...to, status: 'queued', messageId: null, error: null }
    const composed = await compose(trx, { accountId, jid }, content ?? { body: { kind: 'text' } }, text ?? '')
    const draft: Draft = {
      jid,
      ...composed,
      attachment,
      author: 'api',
      category: request.category,
      confirmBulk: request.confirmBulk,
      template: request.template?.name,
      ...(request.expiresAt === undefined ? {} : { expiresAt: request.expiresAt }),
    }
    try {
      const messageId = await this.enqueue(trx, accountId, draft)
      return { ...to, status: 'queued', messageId, error: null }
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error
      return { ...to, status: 'rejected', messageId: null, error: error.message }
    }
  }

  /** Gives the chat to the bot with an instruction; returns why not if that is impossible. */
  private async instruct(
    trx: Trx,
    accountId: AccountId,
    jid: string,
    { text, media, instruction }: SendRequest,
  ): Promise<string | undefined> {
    if (instruction === undefined) return undefined
    const at = this.clock.now()
    const address = addressOf(jid)
    const { id } = await findOrCreateChat(trx, {
      accountId,
      address,
      at,
      rows: this.personRows,
      silent: false,
      typed: true,
      botEnabled: false,
    })
    return this.openings.open(trx, {
      accountId,
      chatId: id,
      instruction,
      write: text === undefined && media === undefined,
      at,
    })
  }

  /** Wakes the senders once the running write is on disk. */
  wake(): void {
    this.store.afterCommit(() => this.outboxChanged.notify())
  }
}

/** Adds the chat's timer to the details, as phones do. */
async function timed(trx: Trx, chatId: ChatId, body: MessageBody): Promise<MessageBody> {
  const seconds = await findTimer(trx, chatId)
  return seconds === 0 ? body : withContext(body, { disappearsAfter: seconds })
}

function bodyOf(draft: Draft): MessageBody {
  const { attachment, kind = 'text', details = null } = draft
  if (!attachment) return { kind, details }
  if (draft.text !== '') refuseWords(attachment.kind)
  const { facts: media, upload } = attachment
  return { kind: attachment.kind, details: { ...details, media, ...(upload === null ? {} : { upload }) } }
}

function addressOf(jid: string): ChatAddress {
  const kind = jidKind(jid)
  if (postsKind(jid))
    throw new AppError('conflict', 'Status posts and channels are read-only: nothing can be sent to them.')
  return {
    kind: kind === 'group' ? 'group' : 'person',
    phone: phoneOf(jid),
    lid: kind === 'lid' ? jid : null,
    group: kind === 'group' ? jid : null,
  }
}

function refuseUnlinked(account: Account | undefined): void {
  if (!account) throw new AppError('not_found', 'No such account')
  if (account.status === 'pending') {
    throw new AppError('not_connected', 'This account is not linked to WhatsApp yet: scan the QR code first.')
  }
  if (account.status === 'logged_out') {
    throw new AppError('not_connected', 'This account was logged out of WhatsApp: scan the QR code again.')
  }
  if (account.status === 'restricted') {
    throw new AppError(
      'not_connected',
      'WhatsApp has restricted this account. Open WhatsApp on the phone to see why.',
    )
  }
}
