import type { MessageId } from '../../../core/ids.ts'
import { nextRun } from '../../../core/time/cron.ts'
import type { CronFields } from '../../../core/time/cron.ts'
import { AppError } from '../../../core/errors.ts'
import { quietEnd } from '../rules/quiet-hours.ts'
import type { QuietTimes } from '../rules/quiet-hours.ts'
import type { Schedule, ScheduleStatus } from '../rules/schedule.ts'
import { insertBatch, putIntoBatch } from '../queries/batches.ts'
import { findCustomerByJid } from '../../contacts/records.ts'
import { findMessage } from '../../messages/records.ts'
import { putOff } from '../queries/outbox.ts'
import { dueSchedules, findSchedule, nextSchedule, updateSchedule } from '../queries/schedules.ts'
import type { Store } from '../../../db/store.ts'
import type { Trx } from '../../../db/tables.ts'
import type { Clock } from '../../../util/clock.ts'
import type { Logger } from '../../../util/logger.ts'
import type { Attachment, Attachments } from '../attachments.ts'
import { compose } from '../compose.ts'
import { shownRecipient } from '../recipient.ts'
import type { Outbox } from '../outbox.ts'
import type { Wording } from '../wording.ts'

/** A time further past was missed: the gateway was down. */
const missedAfterMs = 60_000
const batchSize = 20
/** The maximum number of recipients named in an error. */
const maxNamed = 5

/** Holds the dependencies of running schedules. */
export interface RunParts {
  store: Store
  clock: Clock
  log: Logger
  outbox: Pick<Outbox, 'enqueue'>
  attachments: Pick<Attachments, 'check' | 'prepare'>
  wording: Pick<Wording, 'check' | 'forOne'>
  /** Parses a cron expression; undefined if it is invalid. */
  readCron: (expression: string) => CronFields | undefined
  quiet: QuietTimes
  timeToLiveMs: number
  /** True if a pace is kept; without one no confirmation is needed. */
  paced: boolean
}

/** Holds the result of one run of a schedule. */
interface RunOutcome {
  queued: number[]
  refusals: string[]
}

/** Carries out due schedules. */
export class ScheduleRuns {
  private readonly parts: RunParts
  /** Time at which the next one is due; null if none is planned, undefined if it has to be looked up. */
  private nextAt: Date | null | undefined
  /** Counts changes: a look-up from before one is outdated. */
  private changes = 0

  constructor(parts: RunParts) {
    this.parts = parts
  }

  /** Makes the next run look up the time again. Called when a schedule has changed. */
  changed(): void {
    this.changes++
    this.nextAt = undefined
  }

  /** Queues the messages of all due schedules; asks the database only if one can be due. */
  async run(): Promise<void> {
    const { store, clock } = this.parts
    if (this.nextAt === undefined) await this.lookUp()
    // Compared with the current clock: setting it forward makes the schedules due that it has passed.
    if (!this.nextAt || clock.now() < this.nextAt) return
    for (;;) {
      const due = await dueSchedules(store.read, clock.now(), batchSize)
      for (const schedule of due) await this.carryOut(schedule)
      if (due.length < batchSize) break
    }
    await this.lookUp()
  }

  private async lookUp(): Promise<void> {
    const { changes } = this
    const nextAt = await nextSchedule(this.parts.store.read)
    this.nextAt = changes === this.changes ? nextAt : undefined
  }

  private async carryOut(schedule: Schedule): Promise<void> {
    const { store, log } = this.parts
    try {
      await store.write((trx) => this.runOne(trx, schedule))
    } catch (error) {
      // Must neither be retried every second for ever, nor block the other schedules.
      log.error({ schedule: schedule.id, err: error }, 'a schedule could not be run')
      const lastError = 'It failed; see the log.'
      await store.write((trx) => this.advance(trx, schedule, { lastError, status: 'failed' }))
    }
  }

  private async runOne(trx: Trx, { accountId, id, nextAt: planned }: Schedule): Promise<void> {
    const schedule = await findSchedule(trx, accountId, id)
    // Changed since it was read.
    if (!schedule?.nextAt || schedule.nextAt.getTime() !== planned?.getTime()) return
    const now = this.parts.clock.now()
    const lateMs = now.getTime() - schedule.nextAt.getTime()
    if (lateMs > missedAfterMs && (schedule.ifMissed === 'skip' || lateMs > this.parts.timeToLiveMs)) {
      const lastError = 'Its time passed while the gateway was down.'
      const status = schedule.ifMissed === 'skip' ? 'done' : 'failed'
      return this.advance(trx, schedule, { lastError, status })
    }
    const until = schedule.quiet ? quietEnd(now, this.parts.quiet) : null
    // A message waiting for its file can wait for nothing else: it is queued in the morning.
    if (until && schedule.media) return updateSchedule(trx, id, { nextAt: until })
    const { queued, refusals } = await this.queue(trx, schedule, { from: until ?? schedule.nextAt, until })
    await this.advance(trx, schedule, {
      lastError: said(refusals),
      status: queued.length === 0 ? 'failed' : 'done',
      lastBatchId: await this.batchOf(trx, schedule, queued),
    })
  }

  private async queue(
    trx: Trx,
    schedule: Schedule,
    times: { from: Date; until: Date | null },
  ): Promise<RunOutcome> {
    const { accountId, media } = schedule
    const outcome: RunOutcome = { queued: [], refusals: [] }
    let attachment: Attachment | undefined
    try {
      if (media) attachment = await this.parts.attachments.prepare(trx, accountId, media)
    } catch (error) {
      return { queued: [], refusals: [refusalIn(error)] }
    }
    // Its life begins at the planned time, however late the gateway is.
    const expiresAt = new Date(times.from.getTime() + this.parts.timeToLiveMs)
    for (const jid of schedule.to) {
      const result = await this.enqueue(trx, schedule, jid, { attachment, expiresAt })
      if (typeof result === 'string') {
        const customer = await findCustomerByJid(trx, accountId, jid)
        outcome.refusals.push(`${shownRecipient(jid, customer)}: ${result}`)
      } else {
        outcome.queued.push(result)
        if (times.until)
          await this.holdForQuietHours(trx, schedule, result, { until: times.until, expiresAt })
      }
    }
    return outcome
  }

  /** Queues a message for one recipient; returns its id, or the reason why it was not queued. */
  private async enqueue(
    trx: Trx,
    { accountId, text, template, content, category, confirmBulk }: Schedule,
    jid: string,
    more: { attachment: Attachment | undefined; expiresAt: Date },
  ): Promise<MessageId | string> {
    const words = template ? await this.parts.wording.forOne(trx, accountId, template, jid) : { text }
    if ('fault' in words) return words.fault
    const send = {
      text: words.text === '' ? undefined : words.text,
      content: content ?? undefined,
      category,
      confirmBulk,
      template: template ?? undefined,
      ...more,
    }
    try {
      const draft = await compose(trx, { accountId, jid }, send)
      return draft ? await this.parts.outbox.enqueue(trx, accountId, draft) : 'there is nothing to send'
    } catch (error) {
      return refusalIn(error)
    }
  }

  private async holdForQuietHours(
    trx: Trx,
    { accountId }: Schedule,
    messageId: MessageId,
    to: { until: Date; expiresAt: Date },
  ): Promise<void> {
    const message = await findMessage(trx, accountId, messageId)
    if (message)
      await putOff(trx, { messageId, chatId: message.chatId }, { ...to, reason: 'quiet_hours' as const })
  }

  /** Makes a batch of a run with several recipients, whose progress can be read. */
  private async batchOf(
    trx: Trx,
    { accountId, to }: Schedule,
    queued: readonly number[],
  ): Promise<number | null> {
    if (to.length < 2 || queued.length === 0) return null
    const [total, rejected] = [to.length, to.length - queued.length]
    const id = await insertBatch(trx, { accountId, total, rejected, at: this.parts.clock.now() })
    await putIntoBatch(trx, id, queued)
    return id
  }

  /** Sets a schedule's next time, or its final status. */
  private async advance(
    trx: Trx,
    schedule: Schedule,
    end: { status: ScheduleStatus; lastError: string | null; lastBatchId?: number | null },
  ): Promise<void> {
    const now = this.parts.clock.now()
    const fields = schedule.cron === null ? undefined : this.parts.readCron(schedule.cron)
    const nextAt = fields ? nextRun(fields, schedule.timeZone, now) : null
    const { lastBatchId = null, lastError } = end
    const status = nextAt ? 'active' : end.status
    await updateSchedule(trx, schedule.id, { nextAt, status, lastAt: now, lastError, lastBatchId })
  }
}

function said(refusals: readonly string[]): string | null {
  const [first] = refusals
  if (first === undefined) return null
  const named = refusals.slice(0, maxNamed).join('; ')
  const more = refusals.length > maxNamed ? '; …' : ''
  return `${refusals.length} not sent: ${named}${more}`
}

/** Returns why a recipient gets nothing, if that is not our own fault. */
function refusalIn(error: unknown): string {
  if (error instanceof AppError) return error.message
  throw error
}
