/** The queries about customers and their addresses that other features may use; all others are private. */

export { findChatsSeen } from './queries/chat-addresses.ts'
export type { ChatSeen } from './queries/chat-addresses.ts'
export { addressesOfCustomer } from './queries/customers-erase.ts'
export { findCustomer, findCustomerByJid } from './queries/customers-lists.ts'
export { nameCustomer, refreshSearch, touchCustomer } from './queries/customers.ts'
export { findChatUnder } from './queries/identities.ts'
export { findPhonesOf } from './queries/lid-mappings.ts'
export { survivorOf } from './queries/merged-ids.ts'
