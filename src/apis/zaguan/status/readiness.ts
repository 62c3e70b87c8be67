import type { Caller } from '../../../core/caller.ts'
import { AppError } from '../../../core/errors.ts'
import { maskDigits } from '../../../util/logger.ts'
import type { HttpServices } from '../../shared/http-services.ts'

export interface ReadinessSources extends Pick<HttpServices, 'accounts' | 'linking'> {
  /** Rejects where the database does not work. */
  database: () => Promise<void>
}

export interface Readiness {
  accounts?: { id: number; state: string }[]
}

/**
 * Whether everything works. Who asks with a key is told of each account that it reaches, strangers of none. Throws `unavailable`,
 * with the plain reason for who may know it.
 */
export async function checkReadiness(
  { accounts, linking, database }: ReadinessSources,
  asker: Caller | undefined,
): Promise<Readiness> {
  try {
    await database()
  } catch (cause) {
    throw new AppError('unavailable', 'The database does not work', { cause })
  }
  const all = await accounts.list()
  const linked = all.filter(({ phone, linkedAt }) => phone !== null || linkedAt !== null)
  // A new account that waits for its scan says nothing of the others; without any other there is nothing to be ready for.
  const reports = (linked.length === 0 ? all : linked).map(({ id }) => ({ id, ...linking.report(id) }))
  const down = reports.filter((report) => report.state.kind !== 'open')
  const isShown = ({ id }: { id: number }) =>
    asker !== undefined && (asker.allAccounts || asker.accountId === id)
  if (down.length > 0) {
    // Sentences about a wrong number must not tell it: what supervisors read ends in logs.
    const details = down.filter(isShown).map(({ id, say }) => `Account ${id}: ${maskDigits(say)}`)
    const plain = 'Not every account is connected. Ask with a key to be told which.'
    throw new AppError('unavailable', details.join(' ') || plain)
  }
  if (asker === undefined) return {}
  return { accounts: reports.filter(isShown).map(({ id, state }) => ({ id, state: state.kind })) }
}
