import { z } from 'zod'
import { grants } from '../../features/access/scopes.ts'
import type { Scope } from '../../features/access/scopes.ts'

/** What stands in answers and events from which something was left out. */
const omittedNote = 'Texts and files are left out: they need the scope read:messages.'

/** The field of an answer that carries it. */
export const omittedField = z
  .string()
  .optional()
  .meta({ description: 'There where the key lacks `read:messages` and something is left out' })

/** Whether a key sees what people wrote and sent: texts, files and their names. */
export function seesContent({ scopes }: { scopes: readonly Scope[] }): boolean {
  return grants(scopes, 'read:messages')
}

/** For spreading into an answer from which something was left out. */
export function noteUnless(content: boolean): { note?: string } {
  return content ? {} : { note: omittedNote }
}

/** Events about what people wrote. */
const aboutContent = /^(message|media|ticket|lead|appointment|bot)\./

/**
 * What may be said of them without saying what was written: who, when, where and what became of it. Everything else is left out,
 * also what will be added one day.
 */
const harmless = new Set(
  [
    'id messageId conversationId chatId accountId customerId mediaId webhookId',
    'ticketId leadId appointmentId operatorId productId',
    'role direction type kind timestamp createdAt status reason author fromMe',
    'from to by jid phone phoneNumber userPhone name userName customerName sender customer group',
  ].flatMap((names) => names.split(' ')),
)
/** Of those who wrote: who they are. */
const person = new Set(['id', 'jid', 'lid', 'phone', 'phoneNumber', 'name', 'subject'])

/** The data of an event for who may not read messages, in whatever vocabulary it is written. */
export function withoutContent(event: string, data: object): object {
  if (!aboutContent.test(event)) return data
  const entries = Object.entries(data)
  const kept = entries.filter(([name]) => harmless.has(camel(name)))
  const shown = kept.map(([name, value]: [string, unknown]) => [
    name,
    isRecord(value) ? personOf(value) : value,
  ])
  return { ...Object.fromEntries(shown), ...noteUnless(kept.length === entries.length) }
}

function personOf(value: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => person.has(camel(name))))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
