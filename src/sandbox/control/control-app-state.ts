import type { ChatModification } from '@whiskeysockets/baileys'
import type { AddressBookEntry } from '../people/app-state.ts'
import { ControlError, Fields } from './control-request.ts'
import type { Phone } from '../people/phone.ts'

/** Describes a change to a chat, as made on the phone. */
export interface ChatChange {
  /** The customer's phone number. */
  with: string
  archived?: boolean
  pinned?: boolean
  read?: boolean
  /** Epoch milliseconds; null unmutes. */
  mutedUntil?: number | null
}

/** Adds entries to the phone's address book. */
export async function addContacts(phone: Phone, body: Fields): Promise<{ contacts: number }> {
  const entries = body.list('contacts', (item) => readEntry(new Fields(item))) ?? []
  body.end()
  await phone.addContacts(entries)
  return { contacts: entries.length }
}

/** Applies one change to a chat on the phone. */
export async function changeChat(phone: Phone, body: Fields): Promise<{ ok: true }> {
  const customer = body.required('with', 'string')
  const change = readChange(body)
  body.end()
  await phone.changeChat(customer, change)
  return { ok: true }
}

function readEntry(entry: Fields): AddressBookEntry {
  const [number, name] = [entry.required('number', 'string'), entry.required('name', 'string')]
  const firstName = entry.optional('firstName', 'string')
  entry.end()
  return { number, name, ...(firstName === undefined ? {} : { firstName }) }
}

function readChange(body: Fields): ChatModification {
  const [archive, pin] = [body.optional('archived', 'boolean'), body.optional('pinned', 'boolean')]
  const markRead = body.optional('read', 'boolean')
  const mutedUntil = body.raw('mutedUntil')
  if (mutedUntil !== undefined && mutedUntil !== null && typeof mutedUntil !== 'number') {
    throw new ControlError(400, 'mutedUntil must be a number or null')
  }
  const changes: ChatModification[] = [
    ...(archive === undefined ? [] : [{ archive, lastMessages: [] }]),
    ...(pin === undefined ? [] : [{ pin }]),
    ...(markRead === undefined ? [] : [{ markRead, lastMessages: [] }]),
    ...(mutedUntil === undefined ? [] : [{ mute: mutedUntil }]),
  ]
  const [change] = changes
  if (!change || changes.length > 1)
    throw new ControlError(400, 'Give at least one of archived, pinned, read and mutedUntil')
  return change
}
