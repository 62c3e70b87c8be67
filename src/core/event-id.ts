import { randomIdBytes } from '../util/random.ts'

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * Creates `evt_` and a ULID: 48 bits of time in ms, 40 bits of the event's number, 40 random bits, in Crockford base
 * 32. Sorts by time, and within an account by number.
 */
export function makeEventId(now: Date, seq: number): string {
  let time = ''
  for (let rest = now.getTime(), i = 0; i < 10; i++, rest = Math.floor(rest / 32)) {
    time = crockford.charAt(rest % 32) + time
  }
  let rest = ''
  for (let left = seq, i = 0; i < 8; i++, left = Math.floor(left / 32)) {
    rest = crockford.charAt(left % 32) + rest
  }
  for (const byte of randomIdBytes(8)) rest += crockford.charAt(byte & 31)
  return `evt_${time}${rest}`
}
