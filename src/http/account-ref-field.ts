import { z } from 'zod'

const meta = { description: '`accountId` with its prefix, such as wha_1' }

/** An account's id with its prefix, beside `accountId`. */
export const accountRefField = z.string().meta(meta)

/** An account's id with its prefix, where `accountId` may be null. */
export const accountRefOrNull = z.string().nullable().meta(meta)
