import type { AccountId } from './ids.ts'

export type Network = 'whatsapp' | 'sandbox'

/** `pending` until a phone links it; `restricted` while WhatsApp bans or locks it. */
export const accountStatuses = ['pending', 'connected', 'disconnected', 'logged_out', 'restricted'] as const
export type AccountStatus = (typeof accountStatuses)[number]

/** One WhatsApp number in the care of this daemon. */
export interface Account {
  id: AccountId
  network: Network
  name: string
  status: AccountStatus
  /** Digits with country code, without `+`; null before the first linking. */
  phone: string | null
  lid: string | null
  /** The number that it was made for. Null: that of the phone that links it first. */
  expectedPhone: string | null
  /** The other number that last tried to link it, digits; null once it is linked. */
  refusedPhone: string | null
  /** The next phone that scans may have another number, which then takes the place of the former one. */
  acceptsOtherNumber: boolean
  /** The account of the test keys: nothing leaves from it. */
  test: boolean
  /** Of a test account: the account to which it belongs; null or left out: to the keys of all accounts. */
  testOf?: AccountId | null
  createdAt: Date
  linkedAt: Date | null
}

/** The number that links the account, digits; null where it may be any, since none ever did. */
export function numberOf(account: Pick<Account, 'phone' | 'expectedPhone'>): string | null {
  return account.phone ?? account.expectedPhone
}
