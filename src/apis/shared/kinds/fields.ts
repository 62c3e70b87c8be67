import { z } from 'zod'

/** Declares one line of text for people, 1 to `max` characters long. */
export function line(max: number, description: string) {
  const expected = `expected 1 to ${max} characters`
  return z.string({ error: 'expected text' }).trim().min(1, expected).max(max, expected).meta({ description })
}

/** Picks the keys that are shown as they are stored, where they are there. */
export function pickGiven<T extends object, const Keys extends readonly (keyof T)[]>(
  from: T | null,
  keys: Keys,
): Pick<T, Keys[number]> {
  const given = keys.filter((key) => from?.[key] !== undefined).map((key) => [key, from?.[key]])
  return Object.fromEntries(given) as Pick<T, Keys[number]>
}

const Options = z.array(
  z.object({
    kind: z.enum(['reply', 'row', 'link', 'call', 'code', 'other']).meta({
      description: 'code: to copy; row: of a list; other: unknown to this version',
    }),
    title: z.string(),
    description: z.string(),
    value: z.string().meta({ description: 'The URL, number or code; else an id of the business' }),
  }),
)

/** The parts of a business's message that can be tapped. */
export const offer = z
  .object({
    title: z.string(),
    footer: z.string(),
    options: Options,
    cards: z.array(z.object({ title: z.string(), text: z.string(), options: Options })).optional(),
  })
  .optional()
  .meta({
    description: 'The buttons of a business; links, codes and rows are also in the text',
  })

/** Names and values, as WhatsApp tells them. */
export const facts = z
  .record(z.string(), z.union([z.string(), z.number()]))
  .optional()
  .meta({
    description:
      'Facts of events, orders, products, invitations and calls, and the fields of a completed form',
  })
