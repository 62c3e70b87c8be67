import type { AccountId, ChatId } from '../../../core/ids.ts'
import type { Line } from '../../../core/ports.ts'
import type { Store } from '../../../db/store.ts'
import type { Trx } from '../../../db/tables.ts'
import { backoffMs } from '../../../util/backoff.ts'
import type { Clock } from '../../../util/clock.ts'
import type { Logger } from '../../../util/logger.ts'
import { confirm } from '../../contacts/identity.ts'
import type { PersonRows } from '../../contacts/person-rows.ts'
import { survivorOf } from '../../contacts/records.ts'
import { findSentThumbnail } from '../../messages/records.ts'
import type { StatusChange } from '../../messages/records.ts'
import type { SendOutcome } from '../../../core/messages/outgoing.ts'
import { changeStatus } from '../../messages/statuses.ts'
import { canSendMarketing } from '../consent.ts'
import type { ConsentRules } from '../consent.ts'
import type { NumberChecks } from '../number-lookup.ts'
import type { Pacer } from './pacer.ts'
import { postpone, putOff, revertTry } from '../queries/outbox.ts'
import type { DueMessage } from '../queries/outbox.ts'
import { recordRefusal } from '../restrictions.ts'

export const retryPolicy = { firstMs: 2000, maxMs: 5 * 60_000 }

/** Holds the result of one try: WhatsApp's answer, or the reason why the message did not go. */
type Result =
  | SendOutcome
  /** The message waits until then, in this chat. */
  | { kind: 'later'; chatId: ChatId; until: Date; reason: 'quiet_hours' | 'number_check' }
  /** The message is advertising, and its recipient has opted out since. */
  | { kind: 'unwanted' }

/** Holds the dependencies of a try. */
export interface AttemptParts {
  store: Store
  clock: Clock
  log: Logger
  pacer: Pick<Pacer, 'leaving'>
  timeToLiveMs: number
  consent: ConsentRules
  numbers: Pick<NumberChecks, 'ask'>
  personRows: PersonRows
}

/** Tries to send messages of one account, each try in two steps: the sending, and the one write that records its result. */
export class SendAttempts {
  private readonly parts: AttemptParts
  private readonly accountId: AccountId

  constructor(parts: AttemptParts, accountId: AccountId) {
    this.parts = parts
    this.accountId = accountId
  }

  /** Sends a message, unless a reason speaks against it; on disk when it resolves. */
  async attempt(line: Line, message: DueMessage): Promise<void> {
    const { store, clock, log } = this.parts
    const result = await this.send(line, message)
    if (result.kind === 'refused') {
      const { reason } = result
      log.warn({ account: this.accountId, message: message.messageId, reason }, 'a message was refused')
    }
    const at = clock.now()
    await store.write((trx) => this.record(trx, message, result, at))
  }

  private async send(line: Line, message: DueMessage): Promise<Result> {
    const { store, pacer } = this.parts
    const { waId, kind, text, details, firstContact, marketing, chatId, messageId } = message
    const refusal = marketing ? await this.refusalIn(chatId) : undefined
    if (refusal) return refusal
    const found = await this.findAddress(line, message)
    if (found.kind !== 'found') return found
    const { jid } = found
    if (marketing && firstContact) {
      const late = await this.refusalIn(await this.findOwner(jid, chatId))
      if (late) return late
    }
    const thumbnail = kind === 'image' ? await findSentThumbnail(store.read, messageId) : undefined
    await pacer.leaving(message)
    // A message that went out must not be forgotten: the client would ask again.
    await store.flushed()
    const content = { kind, text, details, ...(thumbnail ? { thumbnail } : {}) }
    return line.send({ waId, jid, firstContact, ...content })
  }

  /** Returns the reason against advertising in a chat: its customer may have changed their mind, or sleeps. */
  private async refusalIn(chatId: ChatId): Promise<Result | undefined> {
    const { store, clock, consent } = this.parts
    const verdict = await canSendMarketing(store.read, chatId, consent, clock.now())
    if (verdict.kind === 'later') return { ...verdict, chatId, reason: 'quiet_hours' }
    return verdict.kind === 'no' ? { kind: 'unwanted' } : undefined
  }

  /** Finds the address to send to: at first contact, the number in WhatsApp's spelling. */
  private async findAddress(
    line: Line,
    { firstContact, jid, chatId }: DueMessage,
  ): Promise<{ kind: 'found'; jid: string } | Result> {
    const { numbers, log } = this.parts
    if (!firstContact) return { kind: 'found', jid }
    const found = await numbers.ask(this.accountId, jid, line).catch((error: unknown) => {
      log.warn({ account: this.accountId, err: error }, 'a number could not be looked up')
      return undefined
    })
    if (found === undefined) return { kind: 'retry', why: 'the number could not be looked up' }
    if (found.kind === 'known') return { kind: 'found', jid: found.jid }
    if (found.kind === 'later') return { ...found, chatId, reason: 'number_check' }
    return { kind: 'refused', reason: 'not_on_whatsapp', detail: null }
  }

  /** Finds the chat of a number's actual owner, whose customer may have another address here. */
  private findOwner(jid: string, id: ChatId): Promise<ChatId> {
    const { store, clock, personRows } = this.parts
    return store.write(async (trx) => {
      await confirm(trx, personRows, { accountId: this.accountId, id, jid, at: clock.now() })
      return (await survivorOf(trx, 'chat', id)) ?? id
    })
  }

  private async record(trx: Trx, message: DueMessage, result: Result, at: Date): Promise<void> {
    const { accountId } = this
    const { messageId, waId, chatId } = message
    const become = (change: Omit<StatusChange, 'at'>) => changeStatus(trx, accountId, waId, { ...change, at })
    switch (result.kind) {
      case 'sent': {
        const chat = { accountId, id: chatId, jid: result.jid, at }
        if (message.firstContact) await confirm(trx, this.parts.personRows, chat)
        return become({ status: 'sent', reason: null, detail: null })
      }
      case 'refused': {
        const { reason, detail } = result
        if (reason === 'reachout_locked' || reason === 'new_chat_cap') {
          await recordRefusal(trx, accountId, reason, at)
        }
        // It was not sent, and may go when the account may start chats again. 463 is never retried: each try makes it
        // worse (our observation).
        if (reason === 'new_chat_cap') return revertTry(trx, messageId, reason)
        return become({ status: 'failed', reason, detail })
      }
      case 'unwanted':
        return become({ status: 'cancelled', reason: 'opted_out', detail: null })
      case 'later': {
        const { until, reason } = result
        const latest = Math.max(message.expiresAt.getTime(), until.getTime() + this.parts.timeToLiveMs)
        const to = { until, reason, expiresAt: new Date(latest) }
        return putOff(trx, { messageId, chatId: result.chatId }, to)
      }
      case 'unconfirmed':
      case 'retry': {
        const attempts = message.attempts + 1
        const dueAt = new Date(at.getTime() + backoffMs(retryPolicy, attempts, Math.random()))
        const reason = result.kind === 'unconfirmed' ? 'unconfirmed' : 'not_connected'
        return postpone(trx, messageId, { dueAt, attempts, reason })
      }
      default:
        result satisfies never
    }
  }
}
