import type { AccountId } from './ids.ts'

/** Names the network that an account is connected to. */
export type Network = 'whatsapp' | 'sandbox'

/** `pending` until a phone links it; `restricted` while WhatsApp bans or locks it. */
export const accountStatuses = ['pending', 'connected', 'disconnected', 'logged_out', 'restricted'] as const
/** Names the state of an account, as the APIs show it. */
export type AccountStatus = (typeof accountStatuses)[number]

/** One linked WhatsApp number. */
export interface Account {
  id: AccountId
  network: Network
  name: string
  status: AccountStatus
  /** Digits with country code, without `+`; null before the first linking. */
  phone: string | null
  lid: string | null
  /** The number it was created for; null: that of the first phone that links it. */
  expectedPhone: string | null
  /** The other number that last tried to link it, digits; null once it is linked. */
  refusedPhone: string | null
  /** The next phone that scans may have another number, which then replaces the former one. */
  acceptsOtherNumber: boolean
  /** An account of the test keys, which sends nothing to WhatsApp. */
  test: boolean
  /** For a test account: the account it belongs to; null or undefined: the keys of all accounts. */
  testOf?: AccountId | null
  createdAt: Date
  linkedAt: Date | null
}

/** Returns the number that links the account, digits; null if any number may, since none has yet. */
export function numberOf(account: Pick<Account, 'phone' | 'expectedPhone'>): string | null {
  return account.phone ?? account.expectedPhone
}
