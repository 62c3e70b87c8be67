import type { Account } from '../../core/account.ts'
import type { AccountId } from '../../core/ids.ts'
import { findableJids, phoneJid } from '../../core/jid.ts'
import type { ChatAddress } from '../../core/chat-address.ts'
import { findAccount } from './queries/accounts.ts'
import type { Db } from '../../db/tables.ts'

/** Returns the jids of an account itself: its number in either spelling, and its LID. */
export function jidsOfAccount({ phone, lid }: Pick<Account, 'phone' | 'lid'>): string[] {
  return findableJids([phone === null ? null : phoneJid(phone), lid].filter((jid) => jid !== null))
}

/** Finds the account's full address if a person's address is its own; undefined for other people. */
export async function findOwnAddress(
  db: Db,
  accountId: AccountId,
  { kind, phone, lid }: Pick<ChatAddress, 'kind' | 'phone' | 'lid'>,
): Promise<ChatAddress | undefined> {
  if (kind !== 'person') return undefined
  const account = await findAccount(db, accountId)
  if (!account || account.test) return undefined
  const own = jidsOfAccount(account)
  const isOwn = (lid !== null && own.includes(lid)) || (phone !== null && own.includes(phoneJid(phone)))
  return isOwn ? { kind, phone: account.phone, lid: account.lid, group: null } : undefined
}
