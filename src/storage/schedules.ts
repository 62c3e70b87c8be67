import type { Selectable } from 'kysely'
import type { AccountId } from '../domain/account.ts'
import type { NewSchedule, Schedule, ScheduleStatus } from '../domain/schedule.ts'
import { compiled } from './compiled.ts'
import type { SchedulesTable } from './tables-sending.ts'
import type { Db, Trx } from './tables.ts'

const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms))

function fromRow(row: Selectable<SchedulesTable>): Schedule {
  return {
    id: row.id,
    accountId: row.account_id,
    to: JSON.parse(row.recipients) as string[],
    text: row.text,
    category: row.category,
    cron: row.cron,
    timeZone: row.time_zone,
    ifMissed: row.if_missed,
    quiet: row.quiet === 1,
    status: row.status,
    nextAt: dateOf(row.next_at),
    lastAt: dateOf(row.last_at),
    lastError: row.last_error,
    createdAt: new Date(row.created_at),
  }
}

export async function insertSchedule(trx: Trx, schedule: NewSchedule): Promise<number> {
  const { id } = await trx
    .insertInto('schedules')
    .values({
      account_id: schedule.accountId,
      recipients: JSON.stringify(schedule.to),
      text: schedule.text,
      category: schedule.category,
      cron: schedule.cron,
      time_zone: schedule.timeZone,
      if_missed: schedule.ifMissed,
      quiet: schedule.quiet ? 1 : 0,
      status: 'active',
      next_at: schedule.nextAt.getTime(),
      created_at: schedule.at.getTime(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export async function findSchedule(db: Db, accountId: AccountId, id: number): Promise<Schedule | undefined> {
  const row = await db
    .selectFrom('schedules')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Newest first, older than `before`. */
export async function listSchedules(
  db: Db,
  accountId: AccountId,
  page: { before?: number | undefined; status?: ScheduleStatus | undefined; limit: number },
): Promise<Schedule[]> {
  let query = db.selectFrom('schedules').selectAll().where('account_id', '=', accountId)
  if (page.before !== undefined) query = query.where('id', '<', page.before)
  if (page.status !== undefined) query = query.where('status', '=', page.status)
  const rows = await query.orderBy('id', 'desc').limit(page.limit).execute()
  return rows.map(fromRow)
}

export async function countActiveSchedules(db: Db, accountId: AccountId): Promise<number> {
  const row = await db
    .selectFrom('schedules')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account_id', '=', accountId)
    .where('status', '=', 'active')
    .executeTakeFirst()
  return row?.n ?? 0
}

const due = compiled((db: Db, p: { now: number; limit: number }) =>
  db
    .selectFrom('schedules')
    .selectAll()
    .where((eb) => eb('next_at', 'is not', null))
    .where('next_at', '<=', p.now)
    .orderBy('next_at')
    .limit(p.limit),
)

/** The schedules of all accounts whose time has come, some at a time. */
export async function dueSchedules(db: Db, now: Date, limit: number): Promise<Schedule[]> {
  return (await due(db, { now: now.getTime(), limit })).rows.map(fromRow)
}

/** What may change of a schedule; what is left out stays. */
export type ScheduleChange = Partial<
  Pick<
    Schedule,
    | 'to'
    | 'text'
    | 'category'
    | 'cron'
    | 'timeZone'
    | 'ifMissed'
    | 'quiet'
    | 'status'
    | 'nextAt'
    | 'lastAt'
    | 'lastError'
  >
>

export async function updateSchedule(trx: Trx, id: number, change: ScheduleChange): Promise<void> {
  const { to, text, category, cron, timeZone, ifMissed, quiet, status, nextAt, lastAt, lastError } = change
  const set = {
    ...(to === undefined ? {} : { recipients: JSON.stringify(to) }),
    ...(text === undefined ? {} : { text }),
    ...(category === undefined ? {} : { category }),
    ...(cron === undefined ? {} : { cron }),
    ...(timeZone === undefined ? {} : { time_zone: timeZone }),
    ...(ifMissed === undefined ? {} : { if_missed: ifMissed }),
    ...(quiet === undefined ? {} : { quiet: quiet ? (1 as const) : (0 as const) }),
    ...(status === undefined ? {} : { status }),
    ...(nextAt === undefined ? {} : { next_at: nextAt?.getTime() ?? null }),
    ...(lastAt === undefined ? {} : { last_at: lastAt?.getTime() ?? null }),
    ...(lastError === undefined ? {} : { last_error: lastError }),
  }
  if (Object.keys(set).length === 0) return
  await trx.updateTable('schedules').set(set).where('id', '=', id).execute()
}
