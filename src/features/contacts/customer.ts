import type { AccountId, CustomerId } from '../../core/ids.ts'
import { foldText } from '../../util/text.ts'
import { formatPhone } from '../../core/jid.ts'
import { phoneSpellings } from '../../core/phone-spellings.ts'

/** The person behind a one-to-one chat, or entered by hand. */
export interface Customer {
  id: CustomerId
  accountId: AccountId
  /** What an operator or the address book calls the person. */
  name: string | null
  /** What the person calls itself on WhatsApp; hostile text. */
  pushName: string | null
  /** Digits, where the number is known. */
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

/** What may be entered of a customer; undefined leaves a value, null clears it. */
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

export type NamedPerson = Pick<Customer, 'name' | 'pushName' | 'phone' | 'lid'>

/** The best name that is known of a person; the number, formatted, where there is none. */
export function displayName(person: NamedPerson): string {
  if (person.name !== null) return person.name
  if (person.pushName !== null) return person.pushName
  return person.phone === null ? (person.lid ?? '') : formatPhone(person.phone)
}

/** Everything by which a customer is found, folded, one per line; the number in either spelling. */
export function searchTextOf(person: NamedPerson & { email: string | null }): string {
  const numbers = person.phone === null ? [] : phoneSpellings(person.phone)
  const words = [person.name, person.pushName, person.email, ...numbers]
  return foldText(
    words
      .filter((word) => word !== null)
      .join('\n')
      .replaceAll('\r', ' '),
  )
}

/** What to look for: a number without its punctuation, everything else folded. */
export function readSearch(asked: string): string {
  const text = asked.trim()
  const digits = text.replaceAll(/\D/g, '')
  return digits !== '' && /^\+?[\d\s().-]+$/.test(text) ? digits : foldText(text)
}
