import { sql } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import type { EventName } from '../../../core/events.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db } from '../../../db/tables.ts'

/** Says how far growing tables have been counted. */
export interface CountedThrough {
  /** The last counted row by account; other accounts are counted from their beginning. */
  events: Map<AccountId, number>
  attempts: number
  turns: number
}

/** Returns the current ends of these tables. */
export async function countedUntilNow(db: Db): Promise<CountedThrough> {
  const accounts = await db.selectFrom('accounts').select(['id', 'event_seq']).execute()
  const attempts = await db
    .selectFrom('webhook_attempts')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst()
  const turns = await db
    .selectFrom('bot_turns')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst()
  return {
    events: new Map(accounts.map((row) => [row.id, row.event_seq])),
    attempts: Number(attempts?.id ?? 0),
    turns: Number(turns?.id ?? 0),
  }
}

const events = compiled((db: Db, p: { accountId: AccountId; after: number; limit: number }) =>
  db
    .selectFrom((eb) =>
      eb
        .selectFrom('events')
        .select(['seq', 'name', 'data'])
        .where('account_id', '=', p.accountId)
        .where('seq', '>', p.after)
        .orderBy('seq')
        .limit(p.limit)
        .as('some'),
    )
    .select((eb) => [
      'name',
      sql<string | null>`case name when 'message.status' then json_extract(data, '$.status') end`.as(
        'status',
      ),
      eb.fn.countAll<number>().as('count'),
      eb.fn.max('seq').as('last'),
    ])
    .groupBy(['name', 'status']),
)

/** Counts events of a kind. */
export interface EventCount {
  name: EventName
  /** The new status, for status events. */
  status: string | null
  count: number
}

/** Counts events by kind after a number, at most `limit`, and returns the last number. */
export async function countEvents(
  db: Db,
  accountId: AccountId,
  page: { after: number; limit: number },
): Promise<{ counts: EventCount[]; last: number; total: number }> {
  const { rows } = await events(db, { accountId, ...page })
  return {
    counts: rows,
    last: Math.max(page.after, ...rows.map((row) => Number(row.last))),
    total: rows.reduce((sum, { count }) => sum + count, 0),
  }
}

const attempts = compiled((db: Db, p: { after: number; limit: number }) =>
  db
    .selectFrom((eb) =>
      eb
        .selectFrom('webhook_attempts')
        .select(['id', 'delivery_id', 'status_code'])
        .where('id', '>', p.after)
        .orderBy('id')
        .limit(p.limit)
        .as('some'),
    )
    .innerJoin('webhook_deliveries as d', 'd.id', 'some.delivery_id')
    .select((eb) => [
      'd.account_id as account',
      sql<0 | 1>`some.status_code is not null and some.status_code between 200 and 299`.as('ok'),
      eb.fn.countAll<number>().as('count'),
      eb.fn.max('some.id').as('last'),
    ])
    .groupBy(['account', 'ok']),
)

/** Counts delivery attempts after a number, by account and success. */
export async function countAttempts(
  db: Db,
  page: { after: number; limit: number },
): Promise<{ counts: { account: AccountId; ok: boolean; count: number }[]; last: number; total: number }> {
  const { rows } = await attempts(db, page)
  return {
    counts: rows.map(({ account, ok, count }) => ({ account, ok: ok === 1, count })),
    last: Math.max(page.after, ...rows.map((row) => Number(row.last))),
    total: rows.reduce((sum, { count }) => sum + count, 0),
  }
}

const turns = compiled((db: Db, p: { after: number }) =>
  db
    .selectFrom('bot_turns')
    .select((eb) => [
      'account_id as account',
      eb.fn.countAll<number>().as('count'),
      eb.fn.max('id').as('last'),
    ])
    .where('id', '>', p.after)
    .groupBy('account'),
)

/** Counts turns of the bot after a number, by account. */
export async function countTurns(
  db: Db,
  after: number,
): Promise<{ counts: { account: AccountId; count: number }[]; last: number }> {
  const { rows } = await turns(db, { after })
  return { counts: rows, last: Math.max(after, ...rows.map((row) => Number(row.last))) }
}
