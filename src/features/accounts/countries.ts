import type { AccountId } from '../../core/ids.ts'
import { numberOf } from '../../core/account.ts'
import { countryOfPhone } from '../../core/phone/country.ts'
import { findAccount } from './queries/accounts.ts'
import type { Store } from '../../db/store.ts'

/** Time that an account's own number is cached. */
const keptMs = 60_000

/** Knows the country whose code callers may leave out: the business's, else that of the account's number. */
export class Countries {
  private readonly store: Store
  private readonly configured: string | null
  private readonly known = new Map<AccountId, { country: string; until: number }>()

  constructor(parts: { store: Store; country?: string | null | undefined }) {
    this.store = parts.store
    this.configured = parts.country ?? null
  }

  /** Returns the ISO code of the country; undefined if unknown. */
  async of(accountId: AccountId): Promise<string | undefined> {
    if (this.configured !== null) return this.configured
    const now = performance.now()
    const known = this.known.get(accountId)
    if (known && known.until > now) return known.country
    const account = await findAccount(this.store.read, accountId)
    const country = account && countryOfPhone(numberOf(account))
    if (!country) return undefined
    this.known.set(accountId, { country, until: now + keptMs })
    return country
  }
}
