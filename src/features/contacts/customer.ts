import type { AccountId, CustomerId } from '../../core/ids.ts'
import { foldText } from '../../util/text.ts'
import { formatPhone } from '../../core/jid.ts'
import type { Language } from '../../core/phone/language.ts'
import { phoneSpellings } from '../../core/phone/phone-spellings.ts'

/** Describes the person behind a one-to-one chat, or entered by hand. */
export interface Customer {
  id: CustomerId
  accountId: AccountId
  /** The name given by an operator or the address book. */
  name: string | null
  /** The name that the person chose on WhatsApp; hostile text. */
  pushName: string | null
  /** The username on WhatsApp, without the @; null if unknown. */
  username: string | null
  /** Digits, if the number is known. */
  phone: string | null
  lid: string | null
  email: string | null
  company: string | null
  notes: string | null
  tags: string[]
  customFields: Record<string, unknown>
  acceptsMarketing: boolean
  lastMessageAt: Date | null
  conversationCount: number
  createdAt: Date
  updatedAt: Date
}

/** Describes a change to a customer; undefined leaves a value, null clears it. */
export interface CustomerPatch {
  name?: string | null | undefined
  /** The WhatsApp identity: it can be filled in, never changed. */
  phone?: string | undefined
  email?: string | null | undefined
  company?: string | null | undefined
  notes?: string | null | undefined
  tags?: string[] | undefined
  customFields?: Record<string, unknown> | undefined
  acceptsMarketing?: boolean | undefined
}

/** Holds the names and addresses of a person. */
export type NamedPerson = Pick<Customer, 'name' | 'pushName' | 'username' | 'phone'>

/** The word for a customer without name and number. */
export const unnamedCustomer: Record<Language, string> = { es: 'Cliente', pt: 'Cliente', en: 'Customer' }

/**
 * Returns a person's best known name, else the formatted number, else the username, else `unnamed`. A LID is never shown as
 * a name: it tells people nothing, and looks like a number that could be called.
 */
export function displayName(person: NamedPerson, unnamed: string = unnamedCustomer.en): string {
  const { name, pushName, username, phone } = person
  if (name !== null || pushName !== null) return name ?? pushName ?? unnamed
  return (phone === null ? atUsername(username) : formatPhone(phone)) ?? unnamed
}

/** Writes a username as people do: `@maria.lopez`; null for null. */
export function atUsername(username: string | null): string | null {
  return username === null ? null : `@${username}`
}

/** Returns everything by which a customer is found, normalised, one per line; the number in either spelling. */
export function searchTextOf(person: NamedPerson & { email: string | null }): string {
  const numbers = person.phone === null ? [] : phoneSpellings(person.phone)
  const words = [person.name, person.pushName, atUsername(person.username), person.email, ...numbers]
  return foldText(
    words
      .filter((word) => word !== null)
      .join('\n')
      .replaceAll('\r', ' '),
  )
}

/** Normalises a search: a number loses its punctuation. */
export function readSearch(asked: string): string {
  const text = asked.trim()
  const digits = text.replaceAll(/\D/g, '')
  return digits !== '' && /^\+?[\d\s().-]+$/.test(text) ? digits : foldText(text)
}
