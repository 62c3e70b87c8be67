import { z } from 'zod'
import { AppError } from '../../../core/errors.ts'
import { createHash } from 'node:crypto'
import { Appointment, Appointments, presentAppointment } from '../../shared/bot/appointments.ts'
import { neededTimeParam } from '../../shared/params.ts'
import { Calendar, presentCalendar } from './calendar.ts'
import { idParam } from '../../shared/params.ts'
import { noteUnless, seesContent } from '../../shared/without-content.ts'
import { RawAnswer, route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { Appointments as AppointmentService } from '../../../features/bot/appointments.ts'
import * as examples from './examples.ts'

const tag = 'Bot'

const AppointmentsQuery = z.strictObject({
  from: neededTimeParam('Appointments that begin at this time or later'),
  to: neededTimeParam('Appointments that begin before this time'),
})

/** Holds the facts of the server that the bot's routes use. */
export interface BotRoutesAbout {
  /** Returns how clients reach the server. */
  baseUrl: () => string
}

/** Returns the routes of appointments and of the calendar that other programs subscribe to. */
export function appointmentRoutes(appointments: AppointmentService, about: BotRoutesAbout): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/bot/appointments',
      id: 'bot.appointments.list',
      summary: 'List the appointments between two times',
      tag,
      scope: 'read:conversations',
      query: AppointmentsQuery,
      response: Appointments,
      examples: { response: { appointments: [examples.appointment] } },
    }).handle(async ({ query, caller }) => ({
      appointments: (await appointments.list(caller.accountId, query)).map((each) =>
        presentAppointment(each, seesContent(caller)),
      ),
      ...noteUnless(seesContent(caller)),
    })),
    route({
      method: 'delete',
      path: '/api/v1/bot/appointments/:id',
      id: 'bot.appointments.cancel',
      summary: 'Cancel an appointment',
      tag,
      scope: 'write:conversations',
      params: z.strictObject({ id: idParam('The appointment') }),
      response: Appointment,
      examples: { response: { ...examples.appointment, status: 'cancelled' } },
    }).handle(async ({ params, caller }) =>
      presentAppointment(await appointments.cancel(caller.accountId, params.id), seesContent(caller)),
    ),
    ...calendarRoutes(appointments, about),
  ]
}

function calendarRoutes(appointments: AppointmentService, { baseUrl }: BotRoutesAbout): Route[] {
  const path = (secret: string) => `/api/v1/bot/calendars/${secret}/appointments.ics`
  return [
    route({
      method: 'post',
      path: '/api/v1/bot/calendar',
      idempotent: true,
      secret: true,
      id: 'bot.calendar.create',
      summary: 'Make a new secret URL for the calendar; the former one stops working',
      description: 'The calendar shows customers’ notes: the key also needs `read:messages`.',
      tag,
      scope: 'write:config',
      response: Calendar,
      examples: {
        response: {
          url: 'https://whatsapp.example.com/api/v1/bot/calendars/Zm9v/appointments.ics',
          path: '/api/v1/bot/calendars/Zm9v/appointments.ics',
        },
      },
    }).handle(async ({ caller }) => {
      if (!seesContent(caller)) {
        throw new AppError('forbidden', 'Insufficient API permissions. Required: read:messages')
      }
      const made = path(await appointments.newCalendarSecret(caller.accountId))
      return { url: `${baseUrl()}${made}`, path: made }
    }),
    route({
      method: 'get',
      path: '/api/v1/bot/calendars/:secret/appointments.ics',
      id: 'bot.calendar.get',
      summary: 'Get the appointments as iCalendar; the URL itself is the secret',
      tag,
      scope: null,
      raw: 'text/calendar',
      etag: true,
      params: z.strictObject({ secret: z.string().min(10).max(100) }),
      examples: { raw: 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n' },
    }).handle(async ({ params }) => {
      const text = presentCalendar(await appointments.calendar(params.secret))
      const hash = createHash('sha256').update(text).digest('base64url')
      return new RawAnswer('text/calendar; charset=utf-8', text, { ETag: `"${hash}"` })
    }),
  ]
}
