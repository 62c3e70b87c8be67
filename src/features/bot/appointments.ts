import type { AccountId, ChatId, CustomerId } from '../../core/ids.ts'
import { createHash, randomBytes } from 'node:crypto'
import type { BotConfig } from './rules/bot-settings.ts'
import { addDays, instantOf, localTime } from '../../core/time/local-time.ts'
import { endOf, findService, freeStarts } from './rules/bot-schedule.ts'
import type { BookableService } from './rules/bot-schedule.ts'
import { AppError } from '../../core/errors.ts'
import { phoneOf } from '../../core/jid.ts'
import type { Language } from '../../core/phone/language.ts'
import { wordsOfTime } from '../sending/rules/template.ts'
import { quietEnd } from '../sending/rules/quiet-hours.ts'
import type { QuietTimes } from '../sending/rules/quiet-hours.ts'
import {
  accountOfCalendar,
  bookedBetween,
  cancelAppointment,
  comingAppointments,
  dueReminders,
  findAppointment,
  insertAppointment,
  markReminded,
  setCalendarHash,
} from './queries/appointments.ts'
import type { Appointment } from './queries/appointments.ts'
import { findBotChat } from '../chats/records.ts'
import { appendEvent } from '../events/records.ts'
import { putOff } from '../sending/records.ts'
import type { Store } from '../../db/store.ts'
import type { Db, Trx } from '../../db/tables.ts'
import { findAccount } from '../accounts/records.ts'
import type { Clock } from '../../util/clock.ts'
import type { Languages } from '../messages/languages.ts'
import type { SecretBox } from '../../util/secret-box.ts'
import type { Outbox } from '../sending/outbox.ts'
import type { Wording } from '../sending/wording.ts'
import { noteAudit } from '../events/audit.ts'

/** Names the owner of an appointment: always from the turn or the caller, never from a model. */
export interface Booker {
  accountId: AccountId
  chatId: ChatId
  customerId: CustomerId
}

/** Holds an account's appointments for calendar subscribers. */
export interface BookedCalendar {
  name: string
  installation: string
  appointments: Appointment[]
}

/** Says why an appointment was refused, as a word for the model. */
export type BookingRefusal = 'no_such_service' | 'not_free' | 'too_many_appointments'

/** Writes a reminder in the customer's language, including date and time. */
export type ReminderText = (
  appointment: { service: string; date: string; time: string },
  language: Language,
) => string

/** Keeps one customer from booking the whole calendar. */
const maxComing = 5

/** Manages an account's appointments. Two never overlap: the check and the insert share a transaction. */
export class Appointments {
  private readonly parts: {
    store: Store
    clock: Clock
    outbox: Pick<Outbox, 'enqueue'>
    config: BotConfig
    /** Quiet hours, in which reminders wait. */
    quiet: QuietTimes
    wording: Pick<Wording, 'reminder'>
    languages: Pick<Languages, 'ofCustomer'>
    secrets: Pick<SecretBox, 'derive'>
  }

  constructor(parts: Appointments['parts']) {
    this.parts = parts
  }

  /** Returns the free times of a day, as local times; undefined for an unknown service. */
  async free(
    db: Db,
    accountId: AccountId,
    wanted: { service: string; date: string },
  ): Promise<{ service: BookableService; starts: string[] } | undefined> {
    const { schedule } = this.parts.config
    const service = findService(schedule, wanted.service)
    if (!service) return undefined
    const starts = await this.freeStarts(db, accountId, { service, date: wanted.date })
    const local = starts.map((start) => localTime(start, schedule.timeZone))
    return { service, starts: local.map(({ date, time }) => `${date}T${time}`) }
  }

  /** Books in the caller's transaction. */
  async book(
    trx: Trx,
    booker: Booker,
    wanted: { service: string; start: string; note?: string | undefined },
  ): Promise<Appointment | BookingRefusal> {
    const { clock, config } = this.parts
    const service = findService(config.schedule, wanted.service)
    if (!service) return 'no_such_service'
    const now = clock.now()
    const coming = await comingAppointments(trx, booker.accountId, booker.customerId, now)
    if (coming.length >= maxComing) return 'too_many_appointments'
    const [date = '', time = ''] = wanted.start.split('T')
    const free = await this.freeStarts(trx, booker.accountId, { service, date })
    const start = free.find((at) => localTime(at, config.schedule.timeZone).time === time)
    if (!start) return 'not_free'
    const reminderAt = config.reminderMs === null ? null : new Date(start.getTime() - config.reminderMs)
    const id = await insertAppointment(trx, {
      ...booker,
      service: service.name,
      start,
      end: endOf(start, service),
      note: wanted.note ?? null,
      // Too late for a reminder.
      reminderAt: reminderAt && reminderAt > now ? reminderAt : null,
      at: now,
    })
    await this.report(trx, 'appointment.booked', { ...booker, id })
    return this.get(trx, booker.accountId, id)
  }

  /** Cancels in the caller's transaction; false if the customer has no such coming appointment. */
  async cancelOwn(trx: Trx, booker: Booker, id: number): Promise<boolean> {
    const coming = await comingAppointments(trx, booker.accountId, booker.customerId, this.parts.clock.now())
    if (!coming.some((appointment) => appointment.id === id)) return false
    await cancelAppointment(trx, id)
    await this.report(trx, 'appointment.cancelled', { ...booker, id })
    return true
  }

  ofCustomer(db: Db, booker: Booker): Promise<Appointment[]> {
    return comingAppointments(db, booker.accountId, booker.customerId, this.parts.clock.now())
  }

  /** Lists the appointments between two moments. */
  list(accountId: AccountId, stretch: { from: Date; to: Date }): Promise<Appointment[]> {
    return bookedBetween(this.parts.store.read, accountId, stretch)
  }

  /** @throws AppError not_found */
  async cancel(accountId: AccountId, id: number): Promise<Appointment> {
    return this.parts.store.write(async (trx) => {
      const appointment = await this.get(trx, accountId, id)
      if (appointment.status === 'booked') {
        await cancelAppointment(trx, id)
        await this.report(trx, 'appointment.cancelled', appointment)
      }
      return this.get(trx, accountId, id)
    })
  }

  /** Creates a new secret for the calendar; the former one becomes invalid. */
  async newCalendarSecret(accountId: AccountId): Promise<string> {
    const secret = randomBytes(24).toString('base64url')
    const { store, clock } = this.parts
    await store.write(async (trx) => {
      await setCalendarHash(trx, accountId, hashed(secret))
      await noteAudit(trx, { action: 'calendar.address_made', accountId, subject: null }, clock.now())
    })
    return secret
  }

  /** Returns the calendar of a secret: some past appointments and all coming ones. @throws AppError not_found */
  async calendar(secret: string): Promise<BookedCalendar> {
    const { store, clock } = this.parts
    const accountId = await accountOfCalendar(store.read, hashed(secret))
    if (accountId === undefined) throw new AppError('not_found', 'No such calendar')
    const now = clock.now().getTime()
    const day = 86_400_000
    const stretch = { from: new Date(now - 60 * day), to: new Date(now + 400 * day) }
    return {
      name: (await findAccount(store.read, accountId))?.name ?? '',
      // Subscribers merge calendars by entry ids, so those of two installations must differ.
      installation: this.parts.secrets.derive('calendar').slice(0, 16),
      appointments: await this.list(accountId, stretch),
    }
  }

  /** Sends due reminders, once each: in the account's own words if it has some, else with `text`. */
  async remind(text: ReminderText): Promise<void> {
    const { store, clock, outbox, wording } = this.parts
    const now = clock.now()
    const due = await dueReminders(store.read, now)
    if (due.length === 0) return
    await store.write(async (trx) => {
      for (const { id } of due) {
        const appointment = (await dueReminders(trx, now)).find((other) => other.id === id)
        const chat = appointment && (await findBotChat(trx, appointment.chatId))
        if (!appointment || !chat) continue
        await markReminded(trx, id, now)
        if (chat.untouchable || chat.optedOut || appointment.start <= now) continue
        const words =
          (await wording.reminder(trx, appointment)) ?? (await this.plainReminder(trx, appointment, text))
        // A reminder wakes no one, unless the appointment would be over by then.
        const quiet = quietEnd(now, this.parts.quiet)
        const draft = { jid: chat.jid, text: words, author: 'bot' } as const
        const messageId = await outbox.enqueue(trx, appointment.accountId, draft)
        if (quiet !== null && quiet < appointment.start) {
          const to = { until: quiet, reason: 'quiet_hours', expiresAt: appointment.start } as const
          await putOff(trx, { messageId, chatId: chat.id }, to)
        }
      }
    })
  }

  private async plainReminder(trx: Trx, appointment: Appointment, text: ReminderText): Promise<string> {
    const { accountId, chatId, chatJid, service, start } = appointment
    const { languages, config } = this.parts
    const language = await languages.ofCustomer(trx, accountId, { chatId, phone: phoneOf(chatJid) })
    return text({ service, ...wordsOfTime(start, language, config.schedule.timeZone) }, language)
  }

  private async freeStarts(
    db: Db,
    accountId: AccountId,
    { service, date }: { service: BookableService; date: string },
  ): Promise<Date[]> {
    const { clock, config } = this.parts
    const { timeZone } = config.schedule
    const from = instantOf(date, '00:00', timeZone)
    const to = instantOf(addDays(date, 1), '00:00', timeZone)
    const taken = await bookedBetween(db, accountId, { from, to })
    return freeStarts(config.schedule, service, { date, now: clock.now(), taken })
  }

  private async get(db: Db, accountId: AccountId, id: number): Promise<Appointment> {
    const appointment = await findAppointment(db, accountId, id)
    if (!appointment) throw new AppError('not_found', 'No such appointment')
    return appointment
  }

  private async report(
    trx: Trx,
    name: 'appointment.booked' | 'appointment.cancelled',
    of: { id: number; accountId: AccountId; chatId: ChatId },
  ): Promise<void> {
    const { accountId, chatId } = of
    const data = { appointmentId: of.id, chatId }
    await appendEvent(trx, { name, accountId, chatId, data }, this.parts.clock.now())
  }
}

function hashed(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
