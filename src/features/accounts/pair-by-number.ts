import type { AccountId } from '../../core/ids.ts'
import type { ConnectionReport } from './connection.ts'
import { AppError } from '../../core/errors.ts'
import type { Lines } from '../../core/ports.ts'
import type { Part } from '../../util/lifecycle.ts'
import type { Logger } from '../../util/logger.ts'
import type { Linking } from './linking.ts'

/** Holds the dependencies of the requests. */
export interface PairByNumberParts {
  lines: Pick<Lines, 'onChange'>
  linking: Pick<Linking, 'pairingCode'>
  accountId: AccountId
  /** Digits with country code. */
  phone: string
  log: Logger
}

/**
 * Requests a pairing code whenever the account shows codes to scan and has none to type, once per connection. Stops
 * when WhatsApp refuses: every request makes the phone ring.
 */
export class PairByNumber implements Part {
  readonly name = 'pair by number'
  private readonly parts: PairByNumberParts
  private asking = false
  private unsubscribe = () => {}

  constructor(parts: PairByNumberParts) {
    this.parts = parts
  }

  start(): void {
    const { lines, accountId } = this.parts
    this.unsubscribe = lines.onChange((id, report) => {
      if (id === accountId) this.look(report)
    })
  }

  stop(): void {
    this.unsubscribe()
  }

  private look({ state }: ConnectionReport): void {
    if (this.asking || state.kind !== 'pairing' || state.qr === null || state.pairingCode !== null) return
    const { linking, accountId, phone, log } = this.parts
    this.asking = true
    linking
      .pairingCode(accountId, phone)
      .catch((error: unknown) => {
        const refused = error instanceof AppError && error.code !== 'unavailable'
        if (refused) this.unsubscribe()
        log.warn({ account: accountId, err: error }, 'no pairing code could be made')
      })
      .finally(() => (this.asking = false))
  }
}
