import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { isTimeZone } from '../core/time/local-time.ts'

const hostName =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*\.?$/i
const dottedNumbers = /^[\d.]+$/

function isHost(text: string): boolean {
  // 300.1.1.1 has the form of a host name but can only be a mistyped address.
  return isIP(text) !== 0 || (hostName.test(text) && !dottedNumbers.test(text))
}

function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0 || !/^\d{1,3}$/.test(bits)) return false
  return Number(bits) <= (family === 4 ? 32 : 128)
}

function hasProtocol(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol)
}

/** Accepts an IP address or a host name. */
export function host() {
  return z.string().refine(isHost)
}

/** Accepts an IP address, a host name, or a network such as `10.0.0.0/8`. */
export function hostOrNetwork() {
  return z
    .string()
    .trim()
    .refine((text) => isHost(text) || isNetwork(text))
}

/** Accepts an IP address, or a network such as `10.0.0.0/8`. */
export function addressOrNetwork() {
  return z
    .string()
    .trim()
    .refine((text) => isIP(text) !== 0 || isNetwork(text))
}

/** Accepts an http or https address; removes the trailing slash. */
export function httpUrl() {
  return z
    .string()
    .refine((text) => hasProtocol(text, ['http:', 'https:']))
    .transform((text) => text.replace(/\/+$/, ''))
}

/** Accepts the path of a folder or file; a leading `~` is the home of the user who runs the program. */
export function folder() {
  return (
    z
      .string()
      .min(1)
      // Only a shell knows other users' homes.
      .refine((path) => !/^~[^/\\]/.test(path))
      .transform((path) => (path.startsWith('~') ? join(homedir(), path.slice(1)) : path))
  )
}

/** Returns this machine's time zone; UTC if it states none that is usable. */
export function machineTimeZone(): string {
  // An invalid TZ makes it undefined, although its type says string.
  const { timeZone = '' } = new Intl.DateTimeFormat().resolvedOptions() as { timeZone?: string }
  return timeZone !== '' && isTimeZone(timeZone) ? timeZone : 'UTC'
}

/** Accepts a WebSocket address. */
export function socketUrl() {
  return z.string().refine((text) => hasProtocol(text, ['ws:', 'wss:']))
}

/** Accepts a 32-byte key in base64 or hexadecimal; returns base64. */
export function rootKey() {
  return z
    .string()
    .trim()
    .refine((text) => /^[0-9a-f]{64}$/i.test(text) || /^[A-Za-z0-9+/]{43}=?$/.test(text))
    .transform((text) => Buffer.from(text, text.length === 64 ? 'hex' : 'base64').toString('base64'))
}
