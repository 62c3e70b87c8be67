import { numberOf } from '../../core/account.ts'
import type { AccountId } from '../../core/ids.ts'
import type { ConnectionReport, PairingCode } from './connection.ts'
import { AppError } from '../../core/errors.ts'
import { noHistory } from '../../core/messages/history.ts'
import type { HistorySummary } from '../../core/messages/history.ts'
import type { PasskeyAssertion, PasskeyStage } from './passkey.ts'
import { isSameNumber } from '../../core/phone/phone-spellings.ts'
import type { Lines } from '../../core/ports.ts'
import type { Accounts } from './accounts.ts'

/** A new account's first code comes after about a second: a caller that asks at once need not ask again. */
const maxCodeWaitMs = 4000

/** Holds the stage of linking by passkey. */
export interface PasskeyReport {
  /** Null when nothing is requested any more. */
  stage: PasskeyStage | null
  say: string
}

/** Leads a pending account to a linked one. */
export class Linking {
  private readonly lines: Lines
  private readonly accounts: Pick<Accounts, 'get'>

  constructor(parts: { lines: Lines; accounts: Pick<Accounts, 'get'> }) {
    this.lines = parts.lines
    this.accounts = parts.accounts
  }

  report(accountId: AccountId): ConnectionReport {
    const line = this.lines.find(accountId)
    if (line) return line.report()
    const delay = this.lines.delay?.()
    const say = delay
      ? `The connection cannot start (${delay.why}). zaguan keeps trying; see the log.`
      : 'The connection is about to start.'
    return { state: { kind: 'starting' }, say }
  }

  /** Counts received messages that are not stored as rows: normally none. */
  async journal(accountId: AccountId): Promise<{ waiting: number; setAside: number }> {
    return (await this.lines.find(accountId)?.journal()) ?? { waiting: 0, setAside: 0 }
  }

  /** Reports how the import of the phone's history stands. */
  async history(accountId: AccountId): Promise<HistorySummary> {
    return (await this.lines.find(accountId)?.history()) ?? noHistory
  }

  /**
   * Returns the code to scan and its expiry; waits up to four seconds for it. @throws AppError conflict once linked,
   * unavailable if no code has come
   */
  async qr(accountId: AccountId): Promise<{ qr: string; until: Date }> {
    const deadline = performance.now() + maxCodeWaitMs
    for (;;) {
      // Listens before it looks, so as not to miss a change in between.
      const change = this.nextChange(accountId, deadline - performance.now())
      try {
        const { state, say } = this.report(accountId)
        if (state.kind === 'pairing' && state.qr !== null) return { qr: state.qr, until: state.until }
        await this.refuseLinked(accountId)
        const isOnItsWay = state.kind === 'starting' || state.kind === 'connecting'
        if (!isOnItsWay || performance.now() >= deadline)
          throw new AppError('unavailable', `There is no code to scan right now. ${say}`)
        await change.come
      } finally {
        change.stop()
      }
    }
  }

  /** Waits for the next change of the account's connection, at most `ms` milliseconds. */
  private nextChange(accountId: AccountId, ms: number): { come: Promise<void>; stop: () => void } {
    let stop = () => {}
    const come = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms))
      const stopListening = this.lines.onChange((id) => id === accountId && resolve())
      stop = () => {
        clearTimeout(timer)
        stopListening()
      }
    })
    return { come, stop }
  }

  /**
   * Requests a code to type on the phone with this number (digits).
   * @throws AppError conflict once linked, unavailable while no linking is under way, invalid_request for a number
   * that WhatsApp refuses
   */
  async pairingCode(accountId: AccountId, phone: string): Promise<PairingCode> {
    const { state, say } = this.report(accountId)
    const line = this.lines.find(accountId)
    await this.refuseOther(accountId, phone)
    if (state.kind === 'pairing' && line !== undefined) return line.requestPairingCode(phone)
    await this.refuseLinked(accountId)
    throw new AppError('unavailable', `No linking is under way right now. ${say}`)
  }

  /**
   * Returns the request that the owner's passkey signs. @throws AppError conflict once linked, not_found if nothing is
   * requested
   */
  async passkey(accountId: AccountId): Promise<PasskeyReport> {
    const report = this.passkeyReport(accountId)
    if (report.stage) return report
    await this.refuseLinked(accountId)
    throw new AppError('not_found', `WhatsApp does not ask for a passkey. ${report.say}`)
  }

  /**
   * Submits the owner's passkey signature and returns the next stage.
   * @throws AppError as {@link passkey}; invalid_request if it does not match the request, or WhatsApp refuses it
   */
  async answerPasskey(accountId: AccountId, assertion: PasskeyAssertion): Promise<PasskeyReport> {
    await this.passkey(accountId)
    await this.lines.find(accountId)?.answerPasskey(assertion)
    return this.passkeyReport(accountId)
  }

  /**
   * Confirms that the phone shows this code. @throws AppError as {@link passkey}; invalid_request for another code
   */
  async confirmPasskey(accountId: AccountId, code: string): Promise<PasskeyReport> {
    await this.passkey(accountId)
    await this.lines.find(accountId)?.confirmPasskey(code)
    return this.passkeyReport(accountId)
  }

  /** Refuses a code for a phone that would be refused afterwards. */
  private async refuseOther(accountId: AccountId, phone: string): Promise<void> {
    const account = await this.accounts.get(accountId)
    const own = numberOf(account)
    if (own === null || account.acceptsOtherNumber || isSameNumber(own, phone)) return
    const message = `This account is for +${own}: link it with that phone, or let another number in (accept_other_number).`
    throw new AppError('invalid_request', message, {
      details: [{ field: 'body.phone_number', message: 'expected the number of the account' }],
    })
  }

  private passkeyReport(accountId: AccountId): PasskeyReport {
    const { state, say } = this.report(accountId)
    return { stage: (state.kind === 'pairing' && state.passkey) || null, say }
  }

  private async refuseLinked(accountId: AccountId): Promise<void> {
    const { state, say } = this.report(accountId)
    const { status } = await this.accounts.get(accountId)
    if (state.kind !== 'open' && (status === 'pending' || status === 'logged_out')) return
    throw new AppError('conflict', `This account is already linked. ${say}`)
  }
}
