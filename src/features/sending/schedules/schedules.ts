import type { AccountId } from '../../../core/ids.ts'
import type { Category } from '../rules/consent.ts'
import { nextRun } from '../../../core/time/cron.ts'
import { AppError } from '../../../core/errors.ts'
import { readMoment } from '../../../core/time/moment.ts'
import type { MediaRequest, NewContent } from '../../messages/outgoing.ts'
import type { IfMissed, PlannedSchedule, Schedule, ScheduleStatus } from '../rules/schedule.ts'
import type { TemplateUse } from '../rules/template.ts'
import {
  countActiveSchedules,
  findSchedule,
  insertSchedule,
  listSchedules,
  updateSchedule,
} from '../queries/schedules.ts'
import { afterCommit } from '../../../db/after-commit.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import { refuseManyStrangers } from '../broadcast-guard.ts'
import { ScheduleRuns } from './schedule-runs.ts'
import type { RunParts } from './schedule-runs.ts'

const maxActive = 1000
/** A time this little past is now: a request takes a while. */
const justOverMs = 30_000
/** Only a typing error plans further ahead. */
const maxAheadMs = 366 * 86_400_000

/** Says when to send: at a moment, at a local time of a zone, or repeatedly. */
export type ScheduleTime = { sendAt: string } | { cron: string }

/** Describes a schedule to create. */
export interface ScheduleRequest {
  to: readonly string[]
  text?: string | undefined
  template?: TemplateUse | undefined
  content?: NewContent | undefined
  media?: MediaRequest | undefined
  when: ScheduleTime
  category?: Category | undefined
  /** Confirms that more strangers than usual get the same. */
  confirmBulk?: boolean | undefined
  timeZone?: string | undefined
  ifMissed?: IfMissed | undefined
  quiet?: boolean | undefined
}

/** Describes a change: undefined fields stay; a text replaces a template, and vice versa. */
export interface SchedulePatch {
  to?: readonly string[] | undefined
  text?: string | undefined
  template?: TemplateUse | undefined
  when?: ScheduleTime | undefined
  timeZone?: string | undefined
  ifMissed?: IfMissed | undefined
  quiet?: boolean | undefined
}

/**
 * Manages scheduled messages. Each run turns into messages in the outbox and the next time in one transaction, so
 * that a crash neither loses nor doubles one. Times are moments or local times of a zone: a step of the clock moves
 * nothing.
 */
export class Schedules {
  private readonly parts: RunParts
  private readonly runs: ScheduleRuns

  constructor(parts: RunParts) {
    this.parts = parts
    this.runs = new ScheduleRuns(parts)
  }

  /** Creates a schedule. @throws AppError as {@link plan} */
  create(accountId: AccountId, request: ScheduleRequest): Promise<PlannedSchedule> {
    return this.parts.store.write((trx) => this.plan(trx, accountId, request))
  }

  /**
   * Creates a schedule in the caller's transaction.
   * @throws AppError invalid_request for a past or invalid time, and for missing variables; not_found for a template or a file;
   * conflict if too many exist
   */
  async plan(trx: Trx, accountId: AccountId, request: ScheduleRequest): Promise<PlannedSchedule> {
    const { clock, quiet, wording, attachments } = this.parts
    const timeZone = request.timeZone ?? quiet.zone
    const cron = 'cron' in request.when ? request.when.cron : null
    const nextAt = this.firstTime(request.when, timeZone)
    const { to, text = '', template = null, content = null, media = null, confirmBulk = false } = request
    if ((await countActiveSchedules(trx, accountId)) >= maxActive) {
      throw new AppError('conflict', `The limit of ${maxActive} schedules is reached: cancel some first.`)
    }
    if (!confirmBulk) await this.refuseManyStrangers(trx, accountId, to)
    if (template) await wording.check(trx, accountId, template)
    const hasWords = text !== '' || template !== null
    if (media) await attachments.check(trx, accountId, { media, hasWords })
    const id = await insertSchedule(trx, {
      accountId,
      to: [...to],
      text,
      template,
      content,
      media,
      category: request.category ?? 'transactional',
      confirmBulk,
      cron,
      timeZone,
      ifMissed: request.ifMissed ?? 'send',
      quiet: request.quiet ?? true,
      nextAt,
      at: clock.now(),
    })
    this.changed(trx)
    return { ...(await getSchedule(trx, accountId, id)), nextAt }
  }

  list(
    accountId: AccountId,
    page: { before?: number | undefined; status?: ScheduleStatus | undefined; limit: number },
  ): Promise<Schedule[]> {
    return listSchedules(this.parts.store.read, accountId, page)
  }

  /** @throws AppError not_found */
  get(accountId: AccountId, id: number): Promise<Schedule> {
    return getSchedule(this.parts.store.read, accountId, id)
  }

  /** Changes the given fields of an active schedule. @throws AppError not_found; conflict; invalid_request */
  async update(accountId: AccountId, id: number, patch: SchedulePatch): Promise<Schedule> {
    const { to, text, template, ifMissed, quiet } = patch
    return this.parts.store.write(async (trx) => {
      const before = await active(trx, accountId, id)
      const timeZone = patch.timeZone ?? before.timeZone
      const when =
        patch.when ??
        (before.cron === null || patch.timeZone === undefined ? undefined : { cron: before.cron })
      if (to && !before.confirmBulk) await this.refuseManyStrangers(trx, accountId, to)
      if (template) await this.parts.wording.check(trx, accountId, template)
      const hasWords = (text ?? '') !== '' || Boolean(template)
      if (before.media && hasWords)
        await this.parts.attachments.check(trx, accountId, { media: before.media, hasWords })
      await updateSchedule(trx, id, {
        ...(to === undefined ? {} : { to: [...to] }),
        ...((text ?? template) === undefined
          ? {}
          : { words: { text: text ?? '', template: template ?? null } }),
        ...(ifMissed === undefined ? {} : { ifMissed }),
        ...(quiet === undefined ? {} : { quiet }),
        ...(when === undefined
          ? {}
          : { cron: 'cron' in when ? when.cron : null, timeZone, nextAt: this.firstTime(when, timeZone) }),
      })
      this.changed(trx)
      return getSchedule(trx, accountId, id)
    })
  }

  /** Cancels a schedule; messages in the outbox still go out. @throws AppError not_found; conflict */
  async cancel(accountId: AccountId, id: number): Promise<Schedule> {
    return this.parts.store.writeUrgently(async (trx) => {
      await active(trx, accountId, id)
      await updateSchedule(trx, id, { status: 'cancelled', nextAt: null })
      this.changed(trx)
      return getSchedule(trx, accountId, id)
    })
  }

  /** Queues everything that is due. Free while there are no schedules. */
  run(): Promise<void> {
    return this.runs.run()
  }

  private async refuseManyStrangers(trx: Trx, accountId: AccountId, to: readonly string[]): Promise<void> {
    if (this.parts.paced) await refuseManyStrangers(trx, accountId, to, this.parts.clock.now())
  }

  private changed(trx: Trx): void {
    afterCommit(trx, () => this.runs.changed())
  }

  private firstTime(when: ScheduleTime, timeZone: string): Date {
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
        'expected an ISO 8601 time such as 2026-03-25T14:00:00Z, or a local one such as 2026-03-25T14:00',
      )
    if (at.getTime() < now.getTime() - justOverMs)
      throw invalid('body.sendAt', 'expected a time in the future')
    if (at.getTime() > now.getTime() + maxAheadMs)
      throw invalid('body.sendAt', 'expected a time within a year')
    return at
  }
}

function invalid(field: string, message: string): AppError {
  return new AppError('invalid_request', `${field.slice('body.'.length)}: ${message}`, {
    details: [{ field, message }],
  })
}

async function getSchedule(db: Db, accountId: AccountId, id: number): Promise<Schedule> {
  const schedule = await findSchedule(db, accountId, id)
  if (!schedule) throw new AppError('not_found', 'No such schedule')
  return schedule
}

async function active(trx: Trx, accountId: AccountId, id: number): Promise<Schedule> {
  const schedule = await getSchedule(trx, accountId, id)
  if (schedule.status === 'active') return schedule
  throw new AppError('conflict', `This schedule can no longer be changed: it is ${schedule.status}.`)
}
