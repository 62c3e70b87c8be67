/** The queries about accounts and their people that other features may use; all others are private. */

export { chatCount, findAccount, listAccounts, listAllAccounts } from './queries/accounts.ts'
export { ownerId } from './queries/users.ts'
