import type { Caller } from '../../core/caller.ts'
import { AppError } from '../../core/errors.ts'
import type { AccountId, BatchId } from '../../core/ids.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import { refuseUnlinked } from '../accounts/refuse-unlinked.ts'
import type { PersonRows } from '../contacts/person-rows.ts'
import type { Conversations } from '../chats/conversations.ts'
import type { Message } from '../messages/message.ts'
import type { SendResult } from '../messages/outgoing.ts'
import { findMessage } from '../messages/records.ts'
import type { Attachments } from './attachments.ts'
import { compose } from './compose.ts'
import type { OneSend } from './compose.ts'
import type { Outbox } from './outbox.ts'
import type { Outreach } from './outreach.ts'
import { insertBatch, putIntoBatch } from './queries/batches.ts'
import { findOrCreateRecipient } from './recipient.ts'
import type { PlannedSchedule } from './rules/schedule.ts'
import type { Schedules } from './schedules/schedules.ts'
import type { SendRequest, SendTime, SingleSend } from './send-request.ts'
import type { Wording } from './wording.ts'

/** Holds the results of a send that goes out now. */
export interface SendReport {
  results: SendResult[]
  /** Null for a single recipient, or if none was accepted. */
  batchId: BatchId | null
}

interface Scheduled {
  kind: 'scheduled'
  schedule: PlannedSchedule
}

/** Says whether a send was queued or scheduled. */
export type Submitted = ({ kind: 'queued' } & SendReport) | Scheduled

/** Says whether a send to one recipient was queued or scheduled. */
export type SubmittedOne = { kind: 'queued'; message: Message } | Scheduled

interface SubmissionParts {
  store: Store
  clock: Clock
  outbox: Pick<Outbox, 'enqueue'>
  schedules: Pick<Schedules, 'plan'>
  wording: Pick<Wording, 'forAll'>
  attachments: Pick<Attachments, 'prepare'>
  outreach: Outreach
  personRows: PersonRows
  conversations: Pick<Conversations, 'forMessage'>
}

/** Takes in the sends of the APIs, for now or for later. */
export class Submissions {
  private readonly parts: SubmissionParts

  constructor(parts: SubmissionParts) {
    this.parts = parts
  }

  /**
   * Queues a send for each recipient, all or none and more than one as a batch, or schedules it if it has a time: then
   * nothing of it is in the outbox before that. An instruction has no time. It is on disk when the promise resolves.
   * @throws AppError not_connected if the account was never linked or was logged out; conflict for an instruction
   * without a model; invalid_request if there is nothing to send, or a template cannot be filled in for every
   * recipient; and as {@link Schedules.plan}
   */
  submit(caller: Caller, intent: SendRequest & SendTime): Promise<Submitted> {
    return this.parts.store.write((trx) => this.take(trx, caller, intent))
  }

  /**
   * Submits a send to one recipient, and returns the message as it is stored.
   * @throws AppError as {@link submit}; conflict without consent
   */
  submitOne(caller: Caller, intent: SingleSend & SendTime): Promise<SubmittedOne> {
    return this.parts.store.write((trx) => this.takeOne(trx, caller, intent))
  }

  /**
   * Submits a send to one recipient in a conversation. A resolved one opens again with the message, so not yet if that has a
   * time.
   * @throws AppError as {@link submitOne}; not_found; conflict if another conversation of the chat is open
   */
  submitInConversation(
    caller: Caller,
    id: number,
    intent: Omit<SingleSend, 'to'> & SendTime,
  ): Promise<SubmittedOne> {
    const { store, conversations } = this.parts
    return store.write(async (trx) => {
      const about = { accountId: caller.accountId, id, now: intent.sendAt === undefined }
      const { chatJid } = await conversations.forMessage(trx, about)
      return this.takeOne(trx, caller, { ...intent, to: chatJid })
    })
  }

  private async takeOne(
    trx: Trx,
    caller: Caller,
    { to, ...intent }: SingleSend & SendTime,
  ): Promise<SubmittedOne> {
    const submitted = await this.take(trx, caller, { ...intent, to: [to] })
    if (submitted.kind === 'scheduled') return submitted
    const [result] = submitted.results
    if (result?.status === 'rejected') throw new AppError('conflict', result.error ?? 'It was refused.')
    const id = result?.messageId ?? undefined
    const message = id === undefined ? undefined : await findMessage(trx, caller.accountId, id)
    if (!message) throw new Error('a message that was just stored is not there')
    return { kind: 'queued', message }
  }

  private async take(trx: Trx, caller: Caller, intent: SendRequest & SendTime): Promise<Submitted> {
    const { sendAt, timeZone, ...request } = intent
    if (sendAt !== undefined) return this.schedule(trx, caller, { ...request, sendAt, timeZone })
    const results = await this.queue(trx, caller, request)
    return { kind: 'queued', results, batchId: await this.batchOf(trx, caller.accountId, results) }
  }

  private async schedule(
    trx: Trx,
    { accountId }: Caller,
    { instruction: _, sendAt, ...send }: SendRequest & { sendAt: string; timeZone: string | undefined },
  ): Promise<Scheduled> {
    await refuseUnlinked(trx, accountId)
    if (send.content?.replyTo !== undefined) {
      for (const jid of send.to) await compose(trx, { accountId, jid }, { ...send, attachment: undefined })
    }
    // An explicit time overrides quiet hours.
    const planned = { ...send, when: { sendAt }, quiet: false }
    return { kind: 'scheduled', schedule: await this.parts.schedules.plan(trx, accountId, planned) }
  }

  private async queue(trx: Trx, caller: Caller, request: SendRequest): Promise<SendResult[]> {
    const { outreach, wording, attachments } = this.parts
    const { accountId, keyId } = caller
    const { instruction, content, media, template, text } = request
    if (instruction !== undefined) outreach.refuseWithoutModel()
    else if (text === undefined && template === undefined && content === undefined && media === undefined)
      throw new AppError(
        'invalid_request',
        'Nothing to send: give a message, other content or an instruction',
      )
    await refuseUnlinked(trx, accountId)
    const texts = template && (await wording.forAll(trx, accountId, template, request.to))
    const attachment = media && (await attachments.prepare(trx, accountId, media, keyId))
    const results: SendResult[] = []
    for (const jid of request.to) {
      const one = { ...request, text: texts?.get(jid) ?? text, attachment }
      results.push(await this.queueFor(trx, { accountId, jid }, one))
    }
    return results
  }

  /** Queues the message for one recipient: without consent of one the others still get theirs. */
  private async queueFor(
    trx: Trx,
    to: { accountId: AccountId; jid: string },
    one: OneSend & { instruction?: string | undefined },
  ): Promise<SendResult> {
    const { jid } = to
    const rejected = (error: string) =>
      ({ to: jid, jid, status: 'rejected', messageId: null, error }) as const
    const refusal = await this.instruct(trx, to, one)
    if (refusal !== undefined) return rejected(refusal)
    const draft = await compose(trx, to, one)
    // An instruction alone: the bot writes.
    if (!draft) return { to: jid, jid, status: 'queued', messageId: null, error: null }
    try {
      const messageId = await this.parts.outbox.enqueue(trx, to.accountId, draft)
      return { to: jid, jid, status: 'queued', messageId, error: null }
    } catch (error) {
      if (error instanceof AppError && error.code === 'conflict') return rejected(error.message)
      throw error
    }
  }

  /** Gives the chat to the bot if there is an instruction; returns why not if that is impossible. */
  private async instruct(
    trx: Trx,
    { accountId, jid }: { accountId: AccountId; jid: string },
    { text, attachment, instruction }: OneSend & { instruction?: string | undefined },
  ): Promise<string | undefined> {
    if (instruction === undefined) return undefined
    const { clock, personRows: rows, outreach } = this.parts
    const at = clock.now()
    const { id: chatId } = await findOrCreateRecipient(trx, jid, { accountId, at, rows })
    const write = text === undefined && attachment === undefined
    return outreach.open(trx, { accountId, chatId, instruction, write, at })
  }

  /** Makes a batch of a send to several recipients, whose progress can be read. */
  private async batchOf(
    trx: Trx,
    accountId: AccountId,
    results: readonly SendResult[],
  ): Promise<BatchId | null> {
    const ids = results.map(({ messageId }) => messageId).filter((id) => id !== null)
    if (results.length < 2 || ids.length === 0) return null
    const counts = { total: results.length, rejected: results.length - ids.length }
    const id = await insertBatch(trx, { accountId, ...counts, at: this.parts.clock.now() })
    await putIntoBatch(trx, id, ids)
    return id
  }
}
