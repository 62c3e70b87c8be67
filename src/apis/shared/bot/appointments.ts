import { presentUsername, usernameField } from '../username.ts'
import { z } from 'zod'
import { iso } from '../times.ts'
import { omittedField } from '../without-content.ts'

/** Holds the facts of an appointment to show. */
export interface AppointmentShown {
  id: number
  chatJid: string
  customerUsername: string | null
  service: string
  start: Date
  end: Date
  note: string | null
  status: 'booked' | 'cancelled'
}

export const Appointment = z
  .object({
    id: z.int(),
    jid: z.string(),
    username: usernameField,
    service: z.string(),
    start: z.string(),
    end: z.string(),
    note: z.string().nullable(),
    status: z.enum(['booked', 'cancelled']),
  })
  .meta({ id: 'BotAppointment' })

export const Appointments = z
  .object({ appointments: z.array(Appointment), note: omittedField })
  .meta({ id: 'BotAppointments' })

/** Shows an appointment; without its note if `content` is false. */
export function presentAppointment(
  appointment: AppointmentShown,
  content: boolean,
): z.input<typeof Appointment> {
  const { id, chatJid: jid, service, start, end, status } = appointment
  const known = presentUsername(appointment.customerUsername)
  const note = content ? appointment.note : null
  return { id, jid, ...known, service, start: iso(start), end: iso(end), note, status }
}
