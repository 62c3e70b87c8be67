import { AppError } from '../../core/errors.ts'
import type { AccountId } from '../../core/ids.ts'
import type { ConnectionReport } from './connection.ts'
import { noHistory } from '../../core/messages/history.ts'
import type { HistorySummary } from '../../core/messages/history.ts'
import type { OutgoingMessage, SendOutcome } from '../../core/messages/outgoing.ts'
import type { Inbound, Line, Lines } from '../../core/ports.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'

/** Finds the lines of accounts: real ones, and for test accounts lines that are always open and lead nowhere. */
export class LineRegistry implements Lines {
  private readonly real: Lines
  private readonly simulated = new Map<AccountId, Line>()

  constructor(real: Lines) {
    this.real = real
  }

  /** Gives this account a simulated line from now on. */
  add(accountId: AccountId, line: SimulatedLine): void {
    this.simulated.set(accountId, line)
  }

  find(accountId: AccountId): Line | undefined {
    return this.simulated.get(accountId) ?? this.real.find(accountId)
  }

  delay(): ReturnType<NonNullable<Lines['delay']>> {
    return this.real.delay?.()
  }

  onChange(listener: (accountId: AccountId, report: ConnectionReport) => void): () => void {
    return this.real.onChange(listener)
  }
}

function noPhone(): Promise<never> {
  return Promise.reject(new AppError('conflict', 'The test account has no phone and needs no linking.'))
}

interface SimulatedLineParts {
  inbound: Pick<Inbound, 'receipts'>
  clock: Clock
  log: Logger
}

/** Plays the line of a test account: always open, it reports every message as sent, delivered and read. */
export class SimulatedLine implements Line {
  private readonly accountId: AccountId
  private readonly parts: SimulatedLineParts
  private readonly since: Date

  constructor(accountId: AccountId, parts: SimulatedLineParts) {
    this.accountId = accountId
    this.parts = parts
    this.since = parts.clock.now()
  }

  async history(): Promise<HistorySummary> {
    return noHistory
  }

  requestHistory(): Promise<void> {
    return noPhone()
  }

  report(): ConnectionReport {
    return {
      state: { kind: 'open', since: this.since },
      say: 'The test account: messages are simulated, and nothing is sent to WhatsApp.',
    }
  }

  send(message: OutgoingMessage): Promise<SendOutcome> {
    // Reported once the sender has recorded that it was sent.
    setImmediate(() => this.acknowledge(message.waId))
    return Promise.resolve({ kind: 'sent', jid: message.jid })
  }

  journal(): Promise<{ waiting: number; setAside: number }> {
    return Promise.resolve({ waiting: 0, setAside: 0 })
  }

  requestPairingCode(): Promise<never> {
    return noPhone()
  }

  answerPasskey(): Promise<never> {
    return noPhone()
  }

  confirmPasskey(): Promise<never> {
    return noPhone()
  }

  private acknowledge(waId: string): void {
    const { inbound, clock, log } = this.parts
    const receipt = (status: 'delivered' | 'read') => ({ waIds: [waId], status, at: clock.now() })
    inbound
      .receipts(this.accountId, [receipt('delivered'), receipt('read')])
      .catch((error: unknown) => log.error({ err: error }, 'a simulated receipt could not be stored'))
  }
}
