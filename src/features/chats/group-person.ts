import { displayName } from '../contacts/customer.ts'
import type { NamedPerson } from '../contacts/customer.ts'
import { phoneJid, phoneOf } from '../../core/jid.ts'
import type { Person } from './group.ts'

/** The word for a person of a group without name and number. */
export const unnamedMember = 'Member'

/** Holds the names and number of a person in a group, by source: the own chat, the address book, and the group. */
export interface PersonSources {
  customer_name: string | null
  customer_push_name: string | null
  customer_username: string | null
  customer_phone: string | null
  contact_name: string | null
  contact_push_name: string | null
  contact_username: string | null
  sender_phone: string | null
  sender_push_name: string | null
  sender_username: string | null
}

/**
 * Shows a person of a group by the sources: the own chat comes first. `otherJid`: the person's other address, if the group tells
 * it.
 */
export function personFrom(jid: string, row: PersonSources, otherJid: string | null = null): Person {
  return shownPerson(
    jid,
    {
      name: row.customer_name ?? row.contact_name,
      pushName: row.customer_push_name ?? row.sender_push_name ?? row.contact_push_name,
      username: row.customer_username ?? row.sender_username ?? row.contact_username,
      phone: row.customer_phone ?? row.sender_phone,
    },
    { otherJid },
  )
}

/**
 * Shows a person with these names and number, which the addresses may tell as well; without any of them as `unnamed`.
 */
export function shownPerson(
  jid: string,
  known: NamedPerson,
  { otherJid = null, unnamed = unnamedMember }: { otherJid?: string | null; unnamed?: string } = {},
): Person {
  const phone = known.phone ?? phoneOf(jid) ?? (otherJid === null ? null : phoneOf(otherJid))
  return {
    jid: phone === null ? jid : phoneJid(phone),
    phone,
    username: known.username,
    name: displayName({ ...known, phone }, unnamed),
  }
}
