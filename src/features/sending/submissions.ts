import type { Caller } from '../../core/caller.ts'
import { AppError } from '../../core/errors.ts'
import type { BatchId } from '../../core/ids.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'
import type { Message } from '../messages/message.ts'
import type { SendResult } from '../messages/outgoing.ts'
import { findMessage } from '../messages/queries/messages.ts'
import { compose } from './compose.ts'
import type { Outbox, SendRequest, SingleSend } from './outbox.ts'
import { insertBatch, putIntoBatch } from './queries/batches.ts'
import type { PlannedSchedule } from './rules/schedule.ts'
import type { Schedules } from './schedules.ts'

/** When a send is to go out: now, or at a complete ISO time, or at a local one of the zone (by default the business's). */
export interface SendTime {
  /** Undefined: now. */
  sendAt?: string | undefined
  timeZone?: string | undefined
}

/** The results of a send that goes out now. */
export interface SendReport {
  results: SendResult[]
  /** Null for a single recipient, or if none was accepted. */
  batchId: BatchId | null
}

interface Scheduled {
  kind: 'scheduled'
  schedule: PlannedSchedule
}

/** What became of a send. */
export type Submitted = ({ kind: 'queued' } & SendReport) | Scheduled

/** What became of a send to one recipient. */
export type SubmittedOne = { kind: 'queued'; message: Message } | Scheduled

interface SubmissionParts {
  store: Store
  clock: Clock
  outbox: Pick<Outbox, 'send' | 'refuseUnlinked'>
  schedules: Pick<Schedules, 'create'>
}

/** Takes in the sends of the APIs, for now or for later. */
export class Submissions {
  private readonly parts: SubmissionParts

  constructor(parts: SubmissionParts) {
    this.parts = parts
  }

  /**
   * Queues a send for each recipient, more than one as a batch, or schedules it if it has a time: then nothing of it is in the
   * outbox before that. An instruction has no time.
   * @throws AppError as {@link Outbox.send} and {@link Schedules.create}
   */
  async submit(caller: Caller, intent: SendRequest & SendTime): Promise<Submitted> {
    const { sendAt, timeZone, ...request } = intent
    if (sendAt === undefined) return { kind: 'queued', ...(await this.queue(caller, request)) }
    const { instruction: _, ...send } = request
    return { kind: 'scheduled', schedule: await this.schedule(caller, send, { sendAt, timeZone }) }
  }

  /**
   * Like {@link submit}, for one recipient, and returns the message as it is stored.
   * @throws AppError as `submit`; conflict without consent
   */
  async submitOne(caller: Caller, { to, ...intent }: SingleSend & SendTime): Promise<SubmittedOne> {
    const { store } = this.parts
    return store.write(async (trx) => {
      const submitted = await this.submit(caller, { ...intent, to: [to] })
      if (submitted.kind === 'scheduled') return submitted
      const [result] = submitted.results
      if (result?.status === 'rejected') throw new AppError('conflict', result.error ?? 'It was refused.')
      const id = result?.messageId ?? undefined
      const message = id === undefined ? undefined : await findMessage(trx, caller.accountId, id)
      if (!message) throw new Error('a message that was just stored is not there')
      return { kind: 'queued', message }
    })
  }

  private queue(caller: Caller, request: SendRequest): Promise<SendReport> {
    const { store, outbox, clock } = this.parts
    return store.write(async (trx) => {
      const results = await outbox.send(caller, request)
      const ids = results.map(({ messageId }) => messageId).filter((id) => id !== null)
      if (results.length < 2 || ids.length === 0) return { results, batchId: null }
      const rejected = results.length - ids.length
      const { accountId } = caller
      const batchId = await insertBatch(trx, { accountId, total: results.length, rejected, at: clock.now() })
      await putIntoBatch(trx, batchId, ids)
      return { results, batchId }
    })
  }

  private schedule(
    { accountId }: Caller,
    send: Omit<SendRequest, 'instruction'>,
    { sendAt, timeZone }: { sendAt: string; timeZone: string | undefined },
  ): Promise<PlannedSchedule> {
    const { store, outbox, schedules } = this.parts
    return store.write(async (trx) => {
      await outbox.refuseUnlinked(trx, accountId)
      if (send.content?.replyTo !== undefined) {
        for (const jid of send.to) await compose(trx, { accountId, jid }, send.content, '')
      }
      // An explicit time overrides quiet hours.
      return schedules.create(accountId, { ...send, timeZone, when: { sendAt }, quiet: false })
    })
  }
}
