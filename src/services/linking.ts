import type { AccountId } from '../domain/account.ts'
import type { ConnectionReport } from '../domain/connection.ts'
import { AppError } from '../domain/errors.ts'
import type { Lines } from '../domain/ports.ts'
import type { Accounts } from './accounts.ts'

/** The way from a pending account to a linked one. */
export class Linking {
  private readonly lines: Lines
  private readonly accounts: Pick<Accounts, 'get'>

  constructor(parts: { lines: Lines; accounts: Pick<Accounts, 'get'> }) {
    this.lines = parts.lines
    this.accounts = parts.accounts
  }

  report(accountId: AccountId): ConnectionReport {
    return (
      this.lines.find(accountId)?.report() ?? {
        state: { kind: 'starting' },
        say: 'The connection is about to start.',
      }
    )
  }

  /** What was received and is not stored as messages: normally nothing. */
  async journal(accountId: AccountId): Promise<{ waiting: number; setAside: number }> {
    return (await this.lines.find(accountId)?.journal()) ?? { waiting: 0, setAside: 0 }
  }

  /** The code to scan now and how long it lives. @throws AppError conflict once linked, unavailable while there is none */
  async qr(accountId: AccountId): Promise<{ qr: string; until: Date }> {
    const { state, say } = this.report(accountId)
    if (state.kind === 'pairing') return { qr: state.qr, until: state.until }
    const { status } = await this.accounts.get(accountId)
    if (state.kind === 'open' || (status !== 'pending' && status !== 'logged_out')) {
      throw new AppError('conflict', `This account is linked already. ${say}`)
    }
    throw new AppError('unavailable', `There is no code to scan right now. ${say}`)
  }
}
