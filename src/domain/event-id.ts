import { randomIdBytes } from '../util/random.ts'

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** `evt_` and a ULID: 48 bits of time in ms, 80 random bits, Crockford base 32. Sorts by time. */
export function makeEventId(now: Date): string {
  let time = ''
  for (let rest = now.getTime(), i = 0; i < 10; i++, rest = Math.floor(rest / 32)) {
    time = crockford.charAt(rest % 32) + time
  }
  let chance = ''
  for (const byte of randomIdBytes(16)) chance += crockford.charAt(byte & 31)
  return `evt_${time}${chance}`
}
