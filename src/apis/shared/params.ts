import { readUsername } from '../../core/username.ts'
import { z } from 'zod'
import { maxTimeLength, readIsoTime } from '../../core/time/iso-time.ts'
import { phoneOf } from '../../core/jid.ts'
import { readAddress, readChatAddress } from '../../core/phone/phone-number.ts'
import { readAccountRef, readRef, readRowId } from './ids.ts'
import type { IdPrefix } from './ids.ts'

// The largest index times the largest page must stay an exact integer.
const maxIndex = 1e14

interface CountOptions {
  description: string
  default: number
  min: number
  /** Larger values count as this one. */
  clampTo?: number
}

/** Declares a whole number in a query: digits only, since `Number('')` is 0 and `Number('1e3')` is 1000. */
export function countParam(options: CountOptions) {
  const { min, clampTo } = options
  const expected = `expected a whole number of at least ${min}`
  return z
    .string({ error: expected })
    .regex(/^\d+$/, expected)
    .transform(Number)
    .refine((n) => n >= min && (clampTo !== undefined || n <= maxIndex), expected)
    .transform((n) => (clampTo === undefined ? n : Math.min(n, clampTo)))
    .default(options.default)
    .meta({
      description: options.description,
      type: 'integer',
      minimum: min,
      default: options.default,
      ...(clampTo === undefined ? {} : { maximum: clampTo }),
    })
}

const rowId = z.string({ error: 'expected a positive whole number' }).transform((text, ctx) => {
  const id = readRowId(text)
  if (id !== undefined) return id
  ctx.addIssue({ code: 'custom', message: 'expected a positive whole number' })
  return z.NEVER
})

/** Declares a row's integer id, in a path or a query. */
export function idParam(description: string) {
  return rowId.meta({ description, type: 'integer', minimum: 1, example: 1003 })
}

/** Declares a row's id, in a path or a query, with or without its prefix. */
export function refParam(prefix: IdPrefix, description: string) {
  return refOf(prefix, z.string({ error: expectedRef(prefix) })).meta({
    description: `${description}: ${prefix}12 or 12`,
    type: 'string',
    example: '12',
  })
}

/** Declares a row's id in a body, where a number is accepted as well. */
export function refField(prefix: IdPrefix, description: string) {
  const written = z.union([z.string(), z.int().positive()], { error: expectedRef(prefix) })
  return refOf(prefix, written).meta({ description, type: ['integer', 'string'], example: 12 })
}

const expectedRef = (prefix: IdPrefix) => `expected a positive whole number, or ${prefix} followed by one`

function refOf(prefix: IdPrefix, schema: z.ZodType<string | number>) {
  return schema.transform((written, ctx) => {
    const id = readRef(prefix, String(written))
    if (id !== undefined) return id
    ctx.addIssue({ code: 'custom', message: expectedRef(prefix) })
    return z.NEVER
  })
}

/** The message for an unreadable address. */
export const expectedAddress =
  'expected a phone number with country code, a username such as @maria.lopez, or a jid'

/** Returns the fault of an address that could not be read. */
export function faultOfAddress(written: string): string {
  if (!written.startsWith('@')) return expectedAddress
  const name = readUsername(written)
  if (name === undefined)
    return 'expected a username of 3 to 35 letters a to z, digits, _ and dots between them, with a letter'
  return `nobody who wrote to this account, or is in its address book or groups, has the username @${name}`
}

/** Reads the id of an account in a body or a path, such as `wha_1`; becomes its key. */
export function accountField() {
  return z.string().transform((text, ctx) => {
    const id = readAccountRef(text)
    if (id !== undefined) return id
    ctx.addIssue({ code: 'custom', message: 'expected the id of an account, such as wha_1' })
    return z.NEVER
  })
}

/** Reads the address of a person or group in a body or a query, in any spelling; becomes its jid. */
export function addressField(written: z.ZodType<string | number> = z.string({ error: expectedAddress })) {
  return written.transform((text, ctx) => {
    const jid = readAddress(String(text))
    if (jid !== undefined) return jid
    ctx.addIssue({ code: 'custom', message: faultOfAddress(String(text)) })
    return z.NEVER
  })
}

/** Declares a chat's jid in a path: complete (`@` raw or percent-encoded) or as bare digits. */
export function jidParam() {
  return z
    .string()
    .transform((text, ctx) => {
      const jid = readChatAddress(text)
      if (jid !== undefined) return jid
      ctx.addIssue({ code: 'custom', message: faultOfAddress(text) })
      return z.NEVER
    })
    .meta({
      description:
        'The jid of the chat, the digits of its phone number, or the username of its person (@maria.lopez)',
      type: 'string',
      example: '5491112345678@s.whatsapp.net',
    })
}

const expectedPhone = 'expected a phone number with country code'

/** Declares a person's phone number in a body, in any spelling; outputs digits. */
export function phoneNumber() {
  return z.string({ error: expectedPhone }).transform((text, ctx) => {
    const jid = readAddress(text)
    const digits = jid === undefined ? null : phoneOf(jid)
    if (digits !== null) return digits
    ctx.addIssue({ code: 'custom', message: expectedPhone })
    return z.NEVER
  })
}

const timeExample = '2026-03-25T14:00:00Z'
const expectedTime = `expected an ISO 8601 time such as ${timeExample}`
const withoutOffset = `expected a time with an offset, such as ${timeExample} or 2026-03-25T14:00:00-03:00`

/** Declares a moment in a body: ISO 8601 with an offset, in any spelling that libraries write. */
export function timeField() {
  return momentOf(false).meta({ type: 'string', format: 'date-time', example: timeExample })
}

/** Declares a moment in a query: a time with its offset, or a day, which means its start in UTC. */
export function timeParam(description: string) {
  return momentOf(true).optional().meta({ description, type: 'string', example: timeExample })
}

/** Returns the schema of a required time, as `timeParam` does of an optional one. */
export function neededTimeParam(description: string) {
  return momentOf(true).meta({ description, type: 'string', example: timeExample })
}

/** Restores a `+` that was not encoded and arrived as a space. */
function withPlus(text: string): string {
  return text.length > maxTimeLength ? text : text.replace(/(:[^ ]*) (\d\d(?::?\d\d)?)$/, '$1+$2')
}

function momentOf(isQuery: boolean) {
  return z.string({ error: expectedTime }).transform((text, ctx) => {
    const written = readIsoTime(isQuery ? withPlus(text) : text)
    if (written?.kind === 'moment') return written.at
    if (written?.kind === 'day' && isQuery) return new Date(`${written.date}T00:00:00Z`)
    const message = written?.kind === 'local' ? withoutOffset : expectedTime
    ctx.addIssue({
      code: 'custom',
      message: isQuery && !written ? `${message}, or a day such as 2026-03-25` : message,
    })
    return z.NEVER
  })
}
