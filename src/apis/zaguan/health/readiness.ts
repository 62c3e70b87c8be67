import { accountRef } from '../../shared/ids.ts'
import type { Caller } from '../../../core/caller.ts'
import { AppError } from '../../../core/errors.ts'
import { maskDigits } from '../../../util/logger.ts'
import type { Accounts } from '../../../features/accounts/accounts.ts'
import type { Linking } from '../../../features/accounts/linking.ts'

/** Holds the sources of the readiness check. */
export interface ReadinessSources {
  accounts: Accounts
  linking: Linking
  /** Rejects if the database does not work. */
  checkDatabase: () => Promise<void>
}

/** Holds the answer to a readiness check. */
export interface Readiness {
  accounts?: { id: number; account: string; state: string }[]
}

/**
 * Checks that everything works. A caller with a key gets the state of each account it reaches, others get none.
 * @throws AppError unavailable, with the reason if the caller may know it
 */
export async function checkReadiness(
  { accounts, linking, checkDatabase }: ReadinessSources,
  asker: Caller | undefined,
): Promise<Readiness> {
  try {
    await checkDatabase()
  } catch (cause) {
    throw new AppError('unavailable', 'The database does not work', { cause })
  }
  const all = await accounts.list()
  const linked = all.filter(({ phone, linkedAt }) => phone !== null || linkedAt !== null)
  // A new account that waits for its scan leaves the others ready; if it is the only one, the gateway is not.
  const reports = (linked.length === 0 ? all : linked).map(({ id }) => ({ id, ...linking.report(id) }))
  const down = reports.filter((report) => report.state.kind !== 'open')
  const isShown = ({ id }: { id: number }) =>
    asker !== undefined && (asker.allAccounts || asker.accountId === id)
  if (down.length > 0) {
    // Sentences about a wrong number must not reveal it: supervisors log these texts.
    const details = down.filter(isShown).map(({ id, say }) => `Account ${accountRef(id)}: ${maskDigits(say)}`)
    const plain = 'Not every account is connected. A request with a key says which.'
    throw new AppError('unavailable', details.join(' ') || plain)
  }
  if (asker === undefined) return {}
  return {
    accounts: reports
      .filter(isShown)
      .map(({ id, state }) => ({ id, account: accountRef(id), state: state.kind })),
  }
}
