import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import type { MediaRequest } from '../../messages/outgoing.ts'
import type { NewSchedule, Schedule, ScheduleStatus } from '../rules/schedule.ts'
import type { TemplateUse } from '../rules/template.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { SchedulesTable } from '../../../db/tables/sending.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import { readContent, writeContent } from './schedule-content.ts'

const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms))

function fromRow(row: Selectable<SchedulesTable>): Schedule {
  return {
    id: row.id,
    accountId: row.account_id,
    to: JSON.parse(row.recipients) as string[],
    text: row.text,
    template: templateOf(row),
    content: readContent(row.content),
    media: row.media === null ? null : (JSON.parse(row.media) as MediaRequest),
    category: row.category,
    confirmBulk: row.confirm_bulk === 1,
    cron: row.cron,
    timeZone: row.time_zone,
    ifMissed: row.if_missed,
    quiet: row.quiet === 1,
    status: row.status,
    nextAt: dateOf(row.next_at),
    lastAt: dateOf(row.last_at),
    lastError: row.last_error,
    lastBatchId: row.last_batch_id,
    createdAt: new Date(row.created_at),
  }
}

function templateOf({ template, template_with }: Selectable<SchedulesTable>): TemplateUse | null {
  if (template === null) return null
  return { ...(JSON.parse(template_with ?? '{}') as Omit<TemplateUse, 'name'>), name: template }
}

/** Returns the columns of the content. */
function wordsToRow({ text, template }: Pick<Schedule, 'text' | 'template'>) {
  const { name = null, ...rest } = template ?? {}
  return { text, template: name, template_with: name === null ? null : JSON.stringify(rest) }
}

const jsonOf = (value: object | null) => (value === null ? null : JSON.stringify(value))

/** Inserts a schedule and returns its id. */
export async function insertSchedule(trx: Trx, schedule: NewSchedule): Promise<number> {
  const { id } = await trx
    .insertInto('schedules')
    .values({
      account_id: schedule.accountId,
      recipients: JSON.stringify(schedule.to),
      ...wordsToRow(schedule),
      content: writeContent(schedule.content),
      media: jsonOf(schedule.media),
      media_id: schedule.media?.id ?? null,
      category: schedule.category,
      confirm_bulk: schedule.confirmBulk ? 1 : 0,
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

/** Finds a schedule. */
export async function findSchedule(db: Db, accountId: AccountId, id: number): Promise<Schedule | undefined> {
  const row = await db
    .selectFrom('schedules')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Lists schedules older than `before`, newest first. */
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

/** Lists the schedules for any of these jids newer than number `after`, oldest first. */
export async function schedulesOfPerson(
  db: Db,
  accountId: AccountId,
  jids: readonly string[],
  { after, limit }: { after: number; limit: number },
): Promise<Schedule[]> {
  const rows = await db
    .selectFrom('schedules')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '>', after)
    .where(
      sql<boolean>`exists (select 1 from json_each(recipients) r
        where r.value in (select value from json_each(${JSON.stringify(jids)})))`,
    )
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

/** Counts an account's active schedules. */
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

/** Lists some due schedules of all accounts. */
export async function dueSchedules(db: Db, now: Date, limit: number): Promise<Schedule[]> {
  return (await due(db, { now: now.getTime(), limit })).rows.map(fromRow)
}

const firstDue = compiled((db: Db) =>
  db
    .selectFrom('schedules')
    .select((eb) => eb.fn.min('next_at').as('at'))
    .where((eb) => eb('next_at', 'is not', null)),
)

/** Returns when the next schedule of any account is due; null if none is planned. */
export async function nextSchedule(db: Db): Promise<Date | null> {
  return dateOf((await firstDue(db, {})).rows[0]?.at ?? null)
}

/** Removes a person from all schedules, also past ones; one without other recipients is deleted. */
export async function forgetRecipient(
  trx: Trx,
  accountId: AccountId,
  jids: readonly string[],
): Promise<void> {
  for (const jid of jids) {
    const rows = await trx
      .selectFrom('schedules')
      .select(['id', 'recipients'])
      .where('account_id', '=', accountId)
      .where('recipients', 'like', `%${JSON.stringify(jid)}%`)
      .execute()
    for (const { id, recipients } of rows) {
      const others = (JSON.parse(recipients) as string[]).filter((other) => other !== jid)
      if (others.length === 0) await trx.deleteFrom('schedules').where('id', '=', id).execute()
      // The last result names recipients who got nothing.
      else await updateSchedule(trx, id, { to: others, lastError: null })
    }
  }
}

/** Cancels all schedules of an account that is removed. */
export async function cancelSchedules(trx: Trx, accountId: AccountId): Promise<void> {
  await trx
    .updateTable('schedules')
    .set({ status: 'cancelled', next_at: null })
    .where('account_id', '=', accountId)
    .where('status', '=', 'active')
    .execute()
}

/** Holds the changeable fields of a schedule; undefined ones stay. */
export type ScheduleChange = Partial<
  Pick<
    Schedule,
    | 'to'
    | 'category'
    | 'cron'
    | 'timeZone'
    | 'ifMissed'
    | 'quiet'
    | 'status'
    | 'nextAt'
    | 'lastAt'
    | 'lastError'
    | 'lastBatchId'
  >
> & { words?: Pick<Schedule, 'text' | 'template'> | undefined }

/** Changes the given fields of a schedule. */
export async function updateSchedule(trx: Trx, id: number, change: ScheduleChange): Promise<void> {
  const { to, words, category, cron, timeZone, ifMissed, quiet, status, nextAt, lastAt, lastError } = change
  const { lastBatchId } = change
  const set = {
    ...(to === undefined ? {} : { recipients: JSON.stringify(to) }),
    ...(words === undefined ? {} : wordsToRow(words)),
    ...(category === undefined ? {} : { category }),
    ...(cron === undefined ? {} : { cron }),
    ...(timeZone === undefined ? {} : { time_zone: timeZone }),
    ...(ifMissed === undefined ? {} : { if_missed: ifMissed }),
    ...(quiet === undefined ? {} : { quiet: quiet ? (1 as const) : (0 as const) }),
    ...(status === undefined ? {} : { status }),
    ...(nextAt === undefined ? {} : { next_at: nextAt?.getTime() ?? null }),
    ...(lastAt === undefined ? {} : { last_at: lastAt?.getTime() ?? null }),
    ...(lastError === undefined ? {} : { last_error: lastError }),
    ...(lastBatchId === undefined ? {} : { last_batch_id: lastBatchId }),
  }
  if (Object.keys(set).length === 0) return
  await trx.updateTable('schedules').set(set).where('id', '=', id).execute()
}
