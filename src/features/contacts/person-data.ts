import type { PersonData } from '../../core/person-data.ts'
import { eraseCustomerRow } from './queries/customers-erase.ts'
import { findCustomer } from './queries/customers-lists.ts'
import { mergeCustomerRows } from './queries/merge-customers.ts'

/**
 * Merges and erases the identity of people: their customers, addresses and names. The rest of an erased person identifies no
 * one.
 */
export const contactsPersonData: PersonData = {
  name: 'contacts',
  tables: [
    'contact_names',
    'customers',
    'doubled_people',
    'erasure_traces',
    'erasures',
    'lid_mappings',
    'merged_ids',
  ],
  erase: eraseCustomerRow,
  async merge(trx, merging) {
    if (merging.kind === 'customer') await mergeCustomerRows(trx, merging)
  },
  async findWords(db, { accountId, customerId, jids }) {
    const customer = await findCustomer(db, accountId, customerId)
    const numbers = jids.map((jid) => jid.split('@')[0] ?? '')
    const entered = [customer?.name, customer?.email, customer?.company, customer?.notes]
    return [...numbers, ...entered.filter((word) => word !== null && word !== undefined)]
  },
}
