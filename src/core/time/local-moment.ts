/** Formats a time for people in this machine's zone: `14:03` today, `2026-11-29 14:03` on any other day. */
export function localMoment(at: Date, now: Date): string {
  const two = (part: number) => String(part).padStart(2, '0')
  const day = (date: Date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  return day(at) === day(now) ? time : `${day(at)} ${time}`
}

/** Formats a time given as text, such as `2026-11-29T14:03:00.000Z`; other texts stay as they are. */
export function shortTime(text: string, now: Date): string {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? text : localMoment(at, now)
}
