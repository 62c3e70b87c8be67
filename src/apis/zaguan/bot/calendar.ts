import { z } from 'zod'
import { atUsername } from '../../../features/contacts/customer.ts'
import { formatPhone } from '../../../core/jid.ts'

/** Holds an account's appointments as its calendar shows them. */
export interface CalendarShown {
  /** The calendar's name: the account's name. */
  name: string
  /** Distinguishes installations; stable as long as the gateway keeps its key. */
  installation: string
  appointments: readonly {
    id: number
    service: string
    start: Date
    end: Date
    note: string | null
    customerName: string | null
    customerUsername: string | null
    customerPhone: string | null
    changedAt: Date
  }[]
}

export const Calendar = z.object({ url: z.string(), path: z.string() }).meta({ id: 'BotCalendar' })

/** The maximum octets of a line without its end; RFC 5545 allows 75. */
const maxLineOctets = 74

/**
 * Writes appointments as an iCalendar feed (RFC 5545). The text stays the same, byte for byte, until an appointment changes.
 */
export function presentCalendar({ name, installation, appointments }: CalendarShown): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//zaguan//appointments//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    // Two names for one thing: most programs read the first, RFC 7986 defines the second.
    `X-WR-CALNAME:${escaped(name)}`,
    `NAME:${escaped(name)}`,
  ]
  for (const appointment of appointments) {
    const { id, service, start, end, note, customerName, customerPhone, changedAt } = appointment
    const phone = customerPhone === null ? null : formatPhone(customerPhone)
    const username = atUsername(appointment.customerUsername)
    const about = [customerName, phone, username, note].filter((each) => each !== null && each !== '')
    lines.push(
      'BEGIN:VEVENT',
      `UID:appointment-${id}-${installation}@zaguan`,
      `DTSTAMP:${utc(changedAt)}`,
      `LAST-MODIFIED:${utc(changedAt)}`,
      `DTSTART:${utc(start)}`,
      `DTEND:${utc(end)}`,
      `SUMMARY:${escaped([service, customerName ?? phone ?? username].filter((each) => each !== null).join(' – '))}`,
      `DESCRIPTION:${escaped(about.join('\n'))}`,
      'END:VEVENT',
    )
  }
  return [...lines, 'END:VCALENDAR', ''].flatMap(folded).join('\r\n')
}

function utc(at: Date): string {
  return `${at.toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}Z`
}

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\\;,]/g, String.raw`\$&`)
    .replaceAll(/\r\n|[\r\n\u2028\u2029]/g, String.raw`\n`)
    .replaceAll('\t', ' ')
    .replaceAll(/\p{Cc}/gu, '')
}

/** Folds a long line; continuations begin with a space. */
function folded(line: string): string[] {
  const pieces: string[] = []
  let piece = ''
  let octets = 0
  for (const character of line) {
    const more = Buffer.byteLength(character)
    if (octets + more > maxLineOctets) {
      pieces.push(piece)
      piece = ' '
      octets = 1
    }
    piece += character
    octets += more
  }
  return [...pieces, piece]
}
