import { z } from 'zod'
import { grants } from '../../features/access/scopes.ts'
import type { Scope } from '../../features/access/scopes.ts'

/** The note in answers and events with omitted content. */
const omittedNote = 'Texts and files are left out: they need the scope read:messages.'

/** The field of an answer that carries it. */
export const omittedField = z
  .string()
  .optional()
  .meta({ description: 'Present if the key lacks `read:messages` and content is left out' })

/** Tells whether a key may see what people wrote and sent: texts, files and their names. */
export function seesContent({ scopes }: { scopes: readonly Scope[] }): boolean {
  return grants(scopes, 'read:messages')
}

/** Returns the note, for spreading, if content was omitted. */
export function noteUnless(content: boolean): { note?: string } {
  return content ? {} : { note: omittedNote }
}

/** Events about what people wrote. */
const aboutContent = /^(message|media|ticket|lead|appointment|bot)\./

/** Keys that reveal no content: who, when, where and which state. All others are removed, including future ones. */
const harmless = new Set(
  [
    'id messageId conversationId chatId accountId customerId mediaId webhookId',
    'ticketId leadId appointmentId operatorId productId',
    'role direction type kind timestamp createdAt status reason author fromMe',
    'from to by jid phone phoneNumber userPhone username fromUsername toUsername name userName customerName sender customer',
    'group',
  ].flatMap((names) => names.split(' ')),
)
/** Keys that identify a person. */
const person = new Set(['id', 'jid', 'lid', 'phone', 'phoneNumber', 'username', 'name', 'subject'])

/** Removes content from an event's data for keys that may not read messages, in any vocabulary. */
export function withoutContent(event: string, data: object): object {
  if (!aboutContent.test(event)) return data
  const entries = Object.entries(data)
  const kept = entries.filter(([name]) => harmless.has(camel(name)))
  const shown = kept.map(([name, value]: [string, unknown]) => [
    name,
    isRecord(value) ? withoutContentOf(value) : value,
  ])
  return { ...Object.fromEntries(shown), ...noteUnless(kept.length === entries.length) }
}

/**
 * Rewrites the body of a webhook for an endpoint whose key may not read messages.
 * @param nameOf tells the name of the event by the rest of the body
 */
export function bodyWithoutContent<Head extends object>(
  body: string,
  nameOf: (head: Head) => string,
): string {
  const whole = JSON.parse(body) as Head & { data: object }
  return JSON.stringify({ ...whole, data: withoutContent(nameOf(whole), whole.data) })
}

function withoutContentOf(value: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => person.has(camel(name))))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
