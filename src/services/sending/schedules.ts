import type { AccountId } from '../../domain/account.ts'
import { instantOf } from '../../domain/bot-time.ts'
import type { Category } from '../../domain/consent.ts'
import { nextRun } from '../../domain/cron.ts'
import type { CronFields } from '../../domain/cron.ts'
import { AppError } from '../../domain/errors.ts'
import { quietEnd } from '../../domain/quiet-hours.ts'
import type { QuietTimes } from '../../domain/quiet-hours.ts'
import type { IfMissed, Schedule, ScheduleStatus } from '../../domain/schedule.ts'
import { findMessage } from '../../storage/messages.ts'
import { putOff } from '../../storage/outbox.ts'
import {
  countActiveSchedules,
  dueSchedules,
  findSchedule,
  insertSchedule,
  listSchedules,
  updateSchedule,
} from '../../storage/schedules.ts'
import type { Store } from '../../storage/store.ts'
import type { Db, Trx } from '../../storage/tables.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import type { Outbox } from '../outbox.ts'

/** A time that is over for longer than this was missed: the gateway did not run. */
const missedAfterMs = 60_000
const mostActive = 1000
const atOnce = 20
/** Nobody plans further ahead; a typing error does. */
const furthestMs = 5 * 366 * 86_400_000

/** When a message is to go: at a moment, at a local time of a zone, or again and again. */
export type When = { sendAt: string } | { cron: string }

export interface ScheduleRequest {
  to: readonly string[]
  text: string
  when: When
  category?: Category | undefined
  timeZone?: string | undefined
  ifMissed?: IfMissed | undefined
  quiet?: boolean | undefined
}

export interface SchedulePatch {
  to?: readonly string[] | undefined
  text?: string | undefined
  when?: When | undefined
  timeZone?: string | undefined
  ifMissed?: IfMissed | undefined
  quiet?: boolean | undefined
}

export interface ScheduleParts {
  store: Store
  clock: Clock
  log: Logger
  outbox: Pick<Outbox, 'enqueue' | 'wake'>
  /** Takes a cron expression apart; undefined for what is none. */
  readCron: (expression: string) => CronFields | undefined
  quiet: QuietTimes
  timeToLiveMs: number
}

/**
 * Messages for later. Each time of a schedule becomes messages in the outbox and the next time in one transaction, so that a
 * crash neither loses nor doubles one. Times are moments or local times of a zone: a step of the clock moves nothing.
 */
export class Schedules {
  private readonly parts: ScheduleParts

  constructor(parts: ScheduleParts) {
    this.parts = parts
  }

  /** @throws AppError invalid_request for a time that is over or none; conflict where there are too many */
  async create(accountId: AccountId, request: ScheduleRequest): Promise<Schedule> {
    const { store, clock, quiet } = this.parts
    const timeZone = request.timeZone ?? quiet.zone
    const cron = 'cron' in request.when ? request.when.cron : null
    const nextAt = this.firstTime(request.when, timeZone)
    return store.write(async (trx) => {
      if ((await countActiveSchedules(trx, accountId)) >= mostActive) {
        throw new AppError('conflict', `There are ${mostActive} schedules already: cancel some first.`)
      }
      const id = await insertSchedule(trx, {
        accountId,
        to: [...request.to],
        text: request.text,
        category: request.category ?? 'transactional',
        cron,
        timeZone,
        ifMissed: request.ifMissed ?? 'send',
        quiet: request.quiet ?? true,
        nextAt,
        at: clock.now(),
      })
      return found(trx, accountId, id)
    })
  }

  list(
    accountId: AccountId,
    page: { before?: number | undefined; status?: ScheduleStatus | undefined; limit: number },
  ): Promise<Schedule[]> {
    return listSchedules(this.parts.store.read, accountId, page)
  }

  /** @throws AppError not_found */
  get(accountId: AccountId, id: number): Promise<Schedule> {
    return found(this.parts.store.read, accountId, id)
  }

  /** Changes what is given of a schedule that still has a time. @throws AppError not_found; conflict; invalid_request */
  async update(accountId: AccountId, id: number, patch: SchedulePatch): Promise<Schedule> {
    return this.parts.store.write(async (trx) => {
      const before = await active(trx, accountId, id)
      const timeZone = patch.timeZone ?? before.timeZone
      const when =
        patch.when ??
        (before.cron === null || patch.timeZone === undefined ? undefined : { cron: before.cron })
      await updateSchedule(trx, id, {
        ...(patch.to === undefined ? {} : { to: [...patch.to] }),
        ...(patch.text === undefined ? {} : { text: patch.text }),
        ...(patch.ifMissed === undefined ? {} : { ifMissed: patch.ifMissed }),
        ...(patch.quiet === undefined ? {} : { quiet: patch.quiet }),
        ...(when === undefined
          ? {}
          : { cron: 'cron' in when ? when.cron : null, timeZone, nextAt: this.firstTime(when, timeZone) }),
      })
      return found(trx, accountId, id)
    })
  }

  /** Nothing more comes of it; what is in the outbox already goes out. @throws AppError not_found; conflict */
  async cancel(accountId: AccountId, id: number): Promise<Schedule> {
    return this.parts.store.write(async (trx) => {
      await active(trx, accountId, id)
      await updateSchedule(trx, id, { status: 'cancelled', nextAt: null })
      return found(trx, accountId, id)
    })
  }

  /** Queues everything whose time has come. */
  async run(): Promise<void> {
    const { store, clock, log, outbox } = this.parts
    for (;;) {
      const due = await dueSchedules(store.read, clock.now(), atOnce)
      for (const schedule of due) {
        await store
          .write((trx) => this.runOne(trx, schedule))
          .catch(async (error: unknown) => {
            // It must not be tried every second for ever, nor hold up the others.
            log.error({ schedule: schedule.id, err: error }, 'a schedule could not be carried out')
            await store.write((trx) =>
              this.advance(trx, schedule, 'It could not be carried out; the log says why.'),
            )
          })
      }
      if (due.length > 0) outbox.wake()
      if (due.length < atOnce) return
    }
  }

  private async runOne(trx: Trx, { accountId, id, nextAt: planned }: Schedule): Promise<void> {
    const schedule = await findSchedule(trx, accountId, id)
    // Changed since it was read.
    if (!schedule?.nextAt || schedule.nextAt.getTime() !== planned?.getTime()) return
    const now = this.parts.clock.now()
    const lateMs = now.getTime() - schedule.nextAt.getTime()
    if (lateMs > missedAfterMs && (schedule.ifMissed === 'skip' || lateMs > this.parts.timeToLiveMs)) {
      return this.advance(trx, schedule, 'Its time passed while the gateway did not run.')
    }
    const until = schedule.quiet ? quietEnd(now, this.parts.quiet) : null
    const refusals: string[] = []
    for (const jid of schedule.to) {
      const { text, category } = schedule
      const refusal = await this.enqueue(trx, accountId, { jid, text, category, until })
      if (refusal !== undefined) refusals.push(refusal)
    }
    const said = refusals.length === 0 ? null : `${refusals.length} not sent: ${refusals[0] ?? ''}`
    await this.advance(trx, schedule, said)
  }

  private async enqueue(
    trx: Trx,
    accountId: AccountId,
    { until, ...draft }: { jid: string; text: string; category: Category; until: Date | null },
  ): Promise<string | undefined> {
    try {
      const id = await this.parts.outbox.enqueue(trx, accountId, { ...draft, author: 'api' })
      const message = until && (await findMessage(trx, accountId, id))
      if (message) {
        const expiresAt = new Date(until.getTime() + this.parts.timeToLiveMs)
        const of = { messageId: id, chatId: message.chatId }
        await putOff(trx, of, { until, reason: 'quiet_hours', expiresAt })
      }
      return undefined
    } catch (error) {
      // No consent, or the same to one stranger too many: the others get theirs.
      if (error instanceof AppError && ['conflict', 'invalid_request'].includes(error.code))
        return error.message
      throw error
    }
  }

  private async advance(trx: Trx, schedule: Schedule, lastError: string | null): Promise<void> {
    const now = this.parts.clock.now()
    const fields = schedule.cron === null ? undefined : this.parts.readCron(schedule.cron)
    const nextAt = fields ? nextRun(fields, schedule.timeZone, now) : null
    const status = nextAt ? 'active' : 'done'
    await updateSchedule(trx, schedule.id, { nextAt, status, lastAt: now, lastError })
  }

  private firstTime(when: When, timeZone: string): Date {
    const now = this.parts.clock.now()
    if ('cron' in when) {
      const fields = this.parts.readCron(when.cron)
      const next = fields && nextRun(fields, timeZone, now)
      if (next) return next
      throw invalid('body.cron', 'expected a cron expression of five fields, at most four times an hour')
    }
    const at = readMoment(when.sendAt, timeZone)
    if (!at)
      throw invalid(
        'body.sendAt',
        'expected an ISO 8601 time such as 2026-03-25T14:00:00Z or 2026-03-25T14:00',
      )
    if (at <= now) throw invalid('body.sendAt', 'expected a time to come')
    if (at.getTime() > now.getTime() + furthestMs)
      throw invalid('body.sendAt', 'expected a time within five years')
    return at
  }
}

/** A whole ISO 8601 time, or a local one of the zone; undefined for what is neither. */
function readMoment(text: string, timeZone: string): Date | undefined {
  const local = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):([0-5]\d)(?::00)?$/.exec(text)
  if (local) {
    const [, date = '', hour = '', minute = ''] = local
    if (Number.isNaN(Date.parse(`${date}T00:00:00Z`))) return undefined
    return instantOf(date, `${hour}:${minute}`, timeZone)
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? undefined : at
}

function invalid(field: string, message: string): AppError {
  return new AppError('invalid_request', `${field.slice('body.'.length)}: ${message}`, {
    details: [{ field, message }],
  })
}

async function found(db: Db, accountId: AccountId, id: number): Promise<Schedule> {
  const schedule = await findSchedule(db, accountId, id)
  if (!schedule) throw new AppError('not_found', 'No such schedule')
  return schedule
}

async function active(trx: Trx, accountId: AccountId, id: number): Promise<Schedule> {
  const schedule = await found(trx, accountId, id)
  if (schedule.status === 'active') return schedule
  throw new AppError('conflict', `This schedule can no longer be changed: it is ${schedule.status}.`)
}
