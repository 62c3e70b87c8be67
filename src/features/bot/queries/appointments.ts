import type { AccountId, ChatId, CustomerId } from '../../../core/ids.ts'
import type { Selectable } from 'kysely'
import { compiled } from '../../../db/prepared-query.ts'
import type { AppointmentsTable } from '../../../db/tables/bot.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import { oldestOfCustomer } from '../../../db/pages.ts'
import type { PageAfter } from '../../../db/pages.ts'

/** Describes an appointment with its customer. */
export interface Appointment {
  id: number
  accountId: AccountId
  chatId: ChatId
  chatJid: string
  /** The name known to the business or chosen by the person; null if neither exists. */
  customerName: string | null
  /** Without the @. */
  customerUsername: string | null
  /** Digits. */
  customerPhone: string | null
  customerId: CustomerId
  service: string
  start: Date
  end: Date
  note: string | null
  status: 'booked' | 'cancelled'
  createdAt: Date
  /** Last change of the appointment or of its customer's data. */
  changedAt: Date
}

const select = (db: Db) =>
  db
    .selectFrom('appointments')
    .innerJoin('chats', 'chats.id', 'appointments.chat_id')
    .leftJoin('customers', 'customers.id', 'appointments.customer_id')
    .selectAll('appointments')
    .select([
      'chats.jid as chat_jid',
      'customers.name as customer_name',
      'customers.push_name as customer_push_name',
      'customers.username as customer_username',
      'customers.phone as customer_phone',
      'customers.updated_at as customer_updated_at',
    ])

interface AppointmentRow extends Selectable<AppointmentsTable> {
  chat_jid: string
  customer_name: string | null
  customer_push_name: string | null
  customer_username: string | null
  customer_phone: string | null
  customer_updated_at: number | null
}

function fromRow(row: AppointmentRow): Appointment {
  return {
    id: row.id,
    accountId: row.account_id,
    chatId: row.chat_id,
    chatJid: row.chat_jid,
    customerName: row.customer_name ?? row.customer_push_name,
    customerUsername: row.customer_username,
    customerPhone: row.customer_phone,
    customerId: row.customer_id,
    service: row.service,
    start: new Date(row.starts_at),
    end: new Date(row.ends_at),
    note: row.note,
    status: row.status,
    createdAt: new Date(row.created_at),
    changedAt: new Date(Math.max(row.created_at, row.customer_updated_at ?? 0)),
  }
}

const between = compiled((db: Db, p: { accountId: AccountId; from: number; to: number }) =>
  select(db)
    .where('appointments.account_id', '=', p.accountId)
    .where('appointments.status', '=', 'booked')
    .where('appointments.starts_at', '<', p.to)
    .where('appointments.ends_at', '>', p.from)
    .orderBy('appointments.starts_at'),
)

/** Lists appointments in a period, in order. */
export async function bookedBetween(
  db: Db,
  accountId: AccountId,
  stretch: { from: Date; to: Date },
): Promise<Appointment[]> {
  const { from, to } = stretch
  return (await between(db, { accountId, from: from.getTime(), to: to.getTime() })).rows.map(fromRow)
}

/** Inserts an appointment and returns its id; undefined if the start is taken. */
export async function insertAppointment(
  trx: Trx,
  appointment: Pick<
    Appointment,
    'accountId' | 'chatId' | 'customerId' | 'service' | 'start' | 'end' | 'note'
  > & {
    reminderAt: Date | null
    at: Date
  },
): Promise<number> {
  const { id } = await trx
    .insertInto('appointments')
    .values({
      account_id: appointment.accountId,
      chat_id: appointment.chatId,
      customer_id: appointment.customerId,
      service: appointment.service,
      starts_at: appointment.start.getTime(),
      ends_at: appointment.end.getTime(),
      note: appointment.note,
      status: 'booked',
      reminder_at: appointment.reminderAt?.getTime() ?? null,
      created_at: appointment.at.getTime(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Finds an appointment. */
export async function findAppointment(
  db: Db,
  accountId: AccountId,
  id: number,
): Promise<Appointment | undefined> {
  const row = await select(db)
    .where('appointments.account_id', '=', accountId)
    .where('appointments.id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Cancels an appointment. */
export async function cancelAppointment(trx: Trx, id: number): Promise<void> {
  await trx.updateTable('appointments').set({ status: 'cancelled' }).where('id', '=', id).execute()
}

/** Lists a customer's coming appointments. */
export async function comingAppointments(
  db: Db,
  accountId: AccountId,
  customerId: CustomerId,
  now: Date,
): Promise<Appointment[]> {
  const rows = await select(db)
    .where('appointments.account_id', '=', accountId)
    .where('appointments.customer_id', '=', customerId)
    .where('appointments.status', '=', 'booked')
    .where('appointments.ends_at', '>', now.getTime())
    .orderBy('appointments.starts_at')
    .limit(20)
    .execute()
  return rows.map(fromRow)
}

/** Lists a customer's appointments newer than number `after`, including past and cancelled ones. */
export async function appointmentsOfCustomer(
  db: Db,
  customerId: CustomerId,
  page: PageAfter,
): Promise<Appointment[]> {
  return (await oldestOfCustomer(select(db), 'appointments', customerId, page)).map(fromRow)
}

/** Lists appointments whose reminder is due. */
export async function dueReminders(db: Db, now: Date): Promise<Appointment[]> {
  const rows = await select(db)
    .where('appointments.status', '=', 'booked')
    .where('appointments.reminded_at', 'is', null)
    .where('appointments.reminder_at', '<=', now.getTime())
    .limit(50)
    .execute()
  return rows.map(fromRow)
}

/** Records that a reminder was sent. */
export async function markReminded(trx: Trx, id: number, at: Date): Promise<void> {
  await trx.updateTable('appointments').set({ reminded_at: at.getTime() }).where('id', '=', id).execute()
}

/** Replaces the hash of a calendar's secret. */
export async function setCalendarHash(trx: Trx, accountId: AccountId, hash: string): Promise<void> {
  await trx
    .insertInto('calendars')
    .values({ account_id: accountId, hash })
    .onConflict((c) => c.column('account_id').doUpdateSet({ hash }))
    .execute()
}

/** Finds the account of a calendar by its secret's hash. */
export async function accountOfCalendar(db: Db, hash: string): Promise<AccountId | undefined> {
  const row = await db
    .selectFrom('calendars')
    .select('account_id')
    .where('hash', '=', hash)
    .executeTakeFirst()
  return row?.account_id
}
