import { z } from 'zod'
import type { BotPurpose } from '../../../core/settings.ts'
import { isDate } from '../../../core/time/local-time.ts'

const date = z.string().refine(isDate, 'expected a date such as 2026-03-25')
const localStart = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}$/, 'expected a local time such as 2026-03-25T15:00')
  .transform((text) => text.replace(' ', 'T'))
const words = (limit: number) => z.string().trim().min(1).max(limit)

/**
 * The model's tools. Arguments never name an account, chat or customer: those come from the turn. `effect` tools
 * change something; `personal` ones need a customer, so they are not offered in groups.
 */
export const botTools = {
  get_business_info: {
    say: 'What the business is, its opening hours, holidays and services.',
    schema: z.strictObject({}),
    effect: false,
    personal: false,
  },
  search_knowledge: {
    say: 'Searches the documents of the business. Use it before you say that you do not know.',
    schema: z.strictObject({ query: words(200) }),
    effect: false,
    personal: false,
  },
  check_availability: {
    say: 'The free times of a day for a service.',
    schema: z.strictObject({ service: words(120), date }),
    effect: false,
    personal: true,
  },
  book_appointment: {
    say: 'Books a free time for the customer. Only a successful answer makes it booked.',
    schema: z.strictObject({ service: words(120), start: localStart, note: words(300).optional() }),
    effect: true,
    personal: true,
  },
  cancel_appointment: {
    say: 'Cancels an appointment of the customer.',
    schema: z.strictObject({ appointment_id: z.int().positive() }),
    effect: true,
    personal: true,
  },
  list_appointments: {
    say: 'The coming appointments of the customer.',
    schema: z.strictObject({}),
    effect: false,
    personal: true,
  },
  open_ticket: {
    say: 'Opens a support ticket for the customer.',
    schema: z.strictObject({ subject: words(120), description: words(2000) }),
    effect: true,
    personal: true,
  },
  search_products: {
    say: 'Finds products with price and stock. Quote no price that it did not give.',
    schema: z.strictObject({ query: words(200) }),
    effect: false,
    personal: false,
  },
  create_lead: {
    say: 'Notes that the customer wants something, for a person to follow up.',
    schema: z.strictObject({ interest: words(500), product_id: z.int().positive().optional() }),
    effect: true,
    personal: true,
  },
  handover_to_human: {
    say: 'Gives the conversation to a person, when you cannot help or the customer wishes it.',
    schema: z.strictObject({ reason: words(300) }),
    effect: true,
    personal: false,
  },
  save_customer_field: {
    say: 'Keeps a fact that the customer told about itself.',
    schema: z.strictObject({ field: words(60), value: words(300) }),
    effect: true,
    personal: true,
  },
  opt_out: {
    say: 'The customer wants no more messages.',
    schema: z.strictObject({}),
    effect: true,
    personal: true,
  },
} as const satisfies Record<string, { say: string; schema: z.ZodType; effect: boolean; personal: boolean }>

/** Names a tool. */
export type ToolName = keyof typeof botTools
/** Holds the validated arguments of a tool. */
export type ToolArguments<N extends ToolName> = z.output<(typeof botTools)[N]['schema']>

/** Tells whether a name is a tool's. */
export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(botTools, name)
}

/** Tells whether a tool has an effect; unknown ones have none. */
export function isEffect(name: string): boolean {
  return isToolName(name) && botTools[name].effect
}

const always = [
  'get_business_info',
  'search_knowledge',
  'handover_to_human',
  'save_customer_field',
  'opt_out',
] as const

const byPurpose = {
  attend: [],
  schedule: ['check_availability', 'book_appointment', 'cancel_appointment', 'list_appointments'],
  support: ['open_ticket'],
  sell: ['search_products', 'create_lead'],
} as const satisfies Record<BotPurpose, readonly ToolName[]>

/** Lists the tools of a purpose; in groups only the ones that need no customer. */
export function toolsFor(purpose: BotPurpose, personal: boolean): ToolName[] {
  const names: readonly ToolName[] = [...byPurpose[purpose], ...always]
  return names.filter((name) => personal || !botTools[name].personal)
}

/** Returns the JSON schema of a tool's arguments, for models. */
export function toolParameters(name: ToolName): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(botTools[name].schema, { io: 'input' })
  return schema
}

/** Holds a tool's result. The model gets `data` as JSON. */
export interface ToolResult {
  ok: boolean
  data: unknown
}
