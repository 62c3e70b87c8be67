import { expect, test } from 'vitest'
import { presentCalendar } from '../../../src/apis/zaguan/bot/calendar.ts'
import type { CalendarShown } from '../../../src/apis/zaguan/bot/calendar.ts'

const appointment = {
  id: 7,
  service: 'Corte',
  start: new Date('2026-03-25T10:00:00Z'),
  end: new Date('2026-03-25T10:30:00Z'),
  note: null as string | null,
  customerName: 'María López' as string | null,
  customerUsername: null as string | null,
  customerPhone: '5491112345678' as string | null,
  changedAt: new Date('2026-03-20T09:00:00Z'),
}
const calendar = (change: Partial<typeof appointment> = {}, about: Partial<CalendarShown> = {}) =>
  presentCalendar({
    name: 'Peluquería Sol',
    installation: 'abc',
    appointments: [{ ...appointment, ...change }],
    ...about,
  })
/** Lines as a reader unfolds them. */
const lines = (text: string) => text.replaceAll('\r\n ', '').split('\r\n')

test('an entry of the calendar tells what, when, who comes, and when it last changed', () => {
  expect(lines(calendar())).toEqual([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//zaguan//appointments//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    'X-WR-CALNAME:Peluquería Sol',
    'NAME:Peluquería Sol',
    'BEGIN:VEVENT',
    'UID:appointment-7-abc@zaguan',
    'DTSTAMP:20260320T090000Z',
    'LAST-MODIFIED:20260320T090000Z',
    'DTSTART:20260325T100000Z',
    'DTEND:20260325T103000Z',
    'SUMMARY:Corte – María López',
    String.raw`DESCRIPTION:María López\n+54 9 11 1234 5678`,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ])
})

test('a person without a name is shown by the number or the username, and without them the service stands alone', () => {
  expect(calendar({ customerName: null })).toContain('SUMMARY:Corte – +54 9 11 1234 5678\r\n')
  const hidden = calendar({ customerName: null, customerPhone: null, customerUsername: 'maria.lopez' })
  expect(hidden).toContain('SUMMARY:Corte – @maria.lopez\r\n')
  expect(hidden).toContain('DESCRIPTION:@maria.lopez\r\n')
  const unknown = calendar({ customerName: null, customerPhone: null })
  expect(unknown).toContain('SUMMARY:Corte\r\n')
  expect(unknown).toContain('DESCRIPTION:\r\n')
})

test('two installations have different ids for their first appointments', () => {
  const uid = (text: string) => /^UID:.*$/m.exec(text)?.[0]
  expect(uid(calendar({}, { installation: 'abc' }))).not.toBe(uid(calendar({}, { installation: 'def' })))
})

test('hostile texts stay inside their property, and no line is longer than 75 octets', () => {
  const note = `a\tb; c, d\\e\r\nEND:VEVENT\u2028x\u0000\u001b[31m\ud800${'ñ👩‍👩‍👧'.repeat(60)}`
  const text = calendar({ note, customerName: 'x\nBEGIN:VALARM', service: 'y'.repeat(200) })
  expect(text.match(/^BEGIN:/gm)).toHaveLength(2)
  expect(text.match(/^END:VEVENT\r$/gm)).toHaveLength(1)
  expect(lines(text).find((line) => line.startsWith('DESCRIPTION'))).toContain(
    String.raw`a b\; c\, d\\e\nEND:VEVENT\nx[31m`,
  )
  for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
  expect(text.isWellFormed()).toBe(true)
})
