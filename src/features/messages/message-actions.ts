import type { AccountId, MessageId } from '../../core/ids.ts'
import type { Caller } from '../../core/caller.ts'
import type { MessageAction } from '../../core/content.ts'
import { AppError } from '../../core/errors.ts'
import { isOfKind } from '../../core/message-body.ts'
import { isAction } from '../../core/message-kind.ts'
import type { ActionKind, MessageKind } from '../../core/message-kind.ts'
import type { Message } from './message.ts'
import { refuseUnlinked } from '../accounts/refuse-unlinked.ts'
import { findChat } from '../chats/records.ts'
import { findMediaSource } from '../media/records.ts'
import { findMessage } from './queries/messages.ts'
import { noteAudit } from '../events/audit.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'

const minuteMs = 60_000
/**
 * WhatsApp's apps allow edits for 15 minutes (whatsmeow's send.go: `EditWindow`, 20), and deletions for everyone for about two
 * days (WhatsApp's help; 60 hours in public reports).
 */
const editWithinMs = 15 * minuteMs
const deleteWithinMs = 60 * 60 * minuteMs

const captionedKinds = ['image', 'video', 'document'] as const satisfies readonly MessageKind[]

/** Describes a change on its way out: a message of its own, whose details name the change. */
interface ActionDraft {
  jid: string
  kind: ActionKind
  text: ''
  details: { action: MessageAction }
  author: 'api'
  /** By default as for any message. */
  expiresAt?: Date
}

/** Takes changes to messages on their way out. */
export interface ActionQueue {
  /** Queues a change in the running transaction. @returns the row of the message that carries it @throws AppError conflict */
  enqueue(trx: Trx, accountId: AccountId, draft: ActionDraft): Promise<MessageId>
}

/** Holds a change to a message, and its deadline. */
type Decided = { kind: ActionKind; expiresAt?: Date } & Pick<MessageAction, 'text' | 'file'>

/** Names the message to change, and the jid of the chat in which it must be, if given. */
export interface ChangeTarget {
  id: number
  to?: string | undefined
}

/** Holds an ordered change: the row that sends it, and its message. */
export interface OrderedChange {
  /** In the outbox; its `details.action` names the change. */
  order: Message
  target: Message
}

/**
 * Reactions, edits and deletions by this account. They are sent like messages, in order, and take effect when
 * WhatsApp has them.
 */
export class MessageActions {
  private readonly store: Store
  private readonly clock: Clock
  private readonly outbox: ActionQueue
  private readonly keepFormer: boolean

  constructor(parts: { store: Store; clock: Clock; outbox: ActionQueue; keepFormer: boolean }) {
    this.store = parts.store
    this.clock = parts.clock
    this.outbox = parts.outbox
    this.keepFormer = parts.keepFormer
  }

  /**
   * Reacts to a message; an empty emoji withdraws the reaction.
   * @throws AppError not_found; conflict if the message is deleted or was never sent; not_connected
   */
  react(caller: Caller, target: ChangeTarget, emoji: string): Promise<OrderedChange> {
    return this.order(caller, target, () => Promise.resolve({ kind: 'reaction', text: emoji }))
  }

  /**
   * Edits an own text, picture, video or document within 15 minutes of its sending.
   * @throws AppError not_found; conflict if that is not possible (any more); not_connected
   */
  edit(caller: Caller, target: ChangeTarget, text: string): Promise<OrderedChange> {
    return this.order(caller, target, async (trx, target) => {
      refuseForeign(target, 'edited')
      const file = await editedFile(trx, target)
      const until = new Date(sentAt(target).getTime() + editWithinMs)
      if (until <= this.clock.now()) {
        throw new AppError('conflict', 'WhatsApp accepts edits only within 15 minutes of sending.')
      }
      return { kind: 'edit', text, ...file, ...(target.ackedAt ? { expiresAt: until } : {}) }
    })
  }

  /**
   * Deletes an own message for everyone.
   * @throws AppError not_found; conflict if it is too old or was not sent; not_connected
   */
  remove(caller: Caller, target: ChangeTarget): Promise<OrderedChange> {
    return this.order(caller, target, async (trx, target) => {
      refuseForeign(target, 'deleted for everyone')
      if (target.status === 'queued') {
        throw new AppError('conflict', 'This message is not sent yet: cancel it instead.')
      }
      const until = new Date(sentAt(target).getTime() + deleteWithinMs)
      if (until <= this.clock.now()) {
        throw new AppError('conflict', 'WhatsApp deletes messages for everyone only within 60 hours.')
      }
      const { accountId } = caller
      const audited = { action: 'message.deleted', accountId, subject: `message ${target.id}` } as const
      await noteAudit(trx, audited, this.clock.now())
      return { kind: 'delete', text: '', expiresAt: until }
    })
  }

  private order(
    caller: Caller,
    { id, to }: ChangeTarget,
    decide: (trx: Trx, target: Message) => Promise<Decided>,
  ): Promise<OrderedChange> {
    const { accountId } = caller
    return this.store.write(async (trx) => {
      const target = await changeable(trx, accountId, id)
      if (to !== undefined && (await findChat(trx, accountId, to))?.id !== target.chatId) {
        throw new AppError('not_found', 'This chat has no such message.')
      }
      const { kind, text, expiresAt, file } = await decide(trx, target)
      await refuseUnlinked(trx, accountId)
      const { waId, direction, chatJid: jid, participant } = target
      const action: MessageAction = {
        target: { waId, fromMe: direction === 'outgoing', participant },
        chat: jid,
        text,
        at: this.clock.now().getTime(),
        keepFormer: this.keepFormer,
        ...(file ? { file } : {}),
      }
      const draft = { jid, kind, text: '', details: { action }, author: 'api' } as const
      const orderId = await this.outbox.enqueue(trx, accountId, {
        ...draft,
        ...(expiresAt ? { expiresAt } : {}),
      })
      const order = await findMessage(trx, accountId, orderId)
      if (!order) throw new Error('a change that was just stored is not there')
      return { order, target }
    })
  }
}

/**
 * Returns the file whose caption is edited; nothing for a text. @throws AppError conflict for a message without words
 */
async function editedFile(trx: Trx, target: Message): Promise<Pick<Decided, 'file'>> {
  if (target.kind === 'text') return {}
  const details = isOfKind(target, captionedKinds) ? target.details : null
  if (!details?.media) {
    throw new AppError(
      'conflict',
      'Only texts and the captions of images, videos and documents can be edited.',
    )
  }
  const { media, upload = await findMediaSource(trx, target.id) } = details
  if (!upload)
    throw new AppError('conflict', 'Its file is still being sent: edit the message once it is sent.')
  return { file: { kind: target.kind, media, upload } }
}

async function changeable(trx: Trx, accountId: AccountId, id: number): Promise<Message> {
  const message = await findMessage(trx, accountId, id)
  if (!message || isAction(message.kind)) throw new AppError('not_found', 'No such message')
  if (message.deletedAt) throw new AppError('conflict', 'This message is deleted.')
  if (message.status === 'failed' || message.status === 'expired' || message.status === 'cancelled') {
    throw new AppError('conflict', `This message was never sent: it is ${message.status}.`)
  }
  return message
}

function refuseForeign({ direction }: Message, done: string): void {
  if (direction === 'outgoing') return
  throw new AppError('conflict', `Only messages of this account can be ${done}.`)
}

/** Returns when a message was sent, by this machine's clock if it saw that. */
function sentAt({ origin, ackedAt, createdAt, sentAt: stamped }: Message): Date {
  return origin === 'api' ? (ackedAt ?? createdAt) : stamped
}
