import { AppError } from '../domain/errors.ts'
import { maskDigits } from '../util/logger.ts'
import type { HttpServices } from './services.ts'

export interface ReadinessSources extends Pick<HttpServices, 'accounts' | 'linking'> {
  /** Rejects where the database does not work. */
  database: () => Promise<void>
}

export interface Readiness {
  accounts: { id: number; state: string }[]
}

/** Every account with its state. Throws `unavailable` with the plain reason where something does not work. */
export async function checkReadiness({ accounts, linking, database }: ReadinessSources): Promise<Readiness> {
  try {
    await database()
  } catch (cause) {
    throw new AppError('unavailable', 'The database does not work', { cause })
  }
  const reports = (await accounts.list()).map((account) => ({
    id: account.id,
    ...linking.report(account.id),
  }))
  const down = reports.filter((report) => report.state.kind !== 'open')
  if (down.length > 0) {
    // Anyone may ask: sentences about a wrong number must not tell it.
    throw new AppError(
      'unavailable',
      down.map(({ id, say }) => `Account ${id}: ${maskDigits(say)}`).join(' '),
    )
  }
  return { accounts: reports.map(({ id, state }) => ({ id, state: state.kind })) }
}
