import type { AccountId } from '../domain/account.ts'
import type { ConnectionReport, ConnectionState } from '../domain/connection.ts'
import type { OutgoingMessage, SendOutcome } from '../domain/outgoing.ts'
import type { Inbound, Line, Vault } from '../domain/ports.ts'
import type { Logger } from '../util/logger.ts'
import { AuthState } from './auth-state.ts'
import { importHistory } from './history.ts'
import { JournalReader } from './journal-reader.ts'
import { Session } from './session.ts'
import { SignalSessions } from './signal-repository.ts'
import { describe, transition } from './transition.ts'
import type { ConnectionEvent, Effect } from './transition.ts'

export interface LineParts {
  accountId: AccountId
  /** Null: WhatsApp's own. */
  url: string | null
  syncFullHistory: boolean
  vault: Vault
  inbound: Inbound
  log: Logger
  expectedPhone: string | null
  changed: (report: ConnectionReport) => void
}

/** One account's connection over time: a state, the socket of the moment, and the journal that outlives both. */
export class WhatsAppLine implements Line {
  private readonly parts: LineParts
  private readonly signal: SignalSessions
  private readonly reader: JournalReader
  private readonly readerEnd = new AbortController()
  private state: ConnectionState = { kind: 'starting' }
  private failures = 0
  private auth: AuthState | undefined
  private session: Session | undefined
  /** Whatever belongs to an earlier try finds another number here and is ignored. */
  private generation = 0
  private pause: NodeJS.Timeout | undefined
  /** Effects run one after the other, in the order of the events that caused them. */
  private work: Promise<void> = Promise.resolve()

  constructor(parts: LineParts) {
    this.parts = parts
    this.signal = new SignalSessions(parts.vault, () => this.reader.wake())
    this.reader = new JournalReader({
      accountId: parts.accountId,
      vault: parts.vault,
      inbound: parts.inbound,
      log: parts.log,
      me: () => this.session?.me,
      history: async (notification) => {
        if (!this.session) throw new Error('there is no session to read history with')
        const count = await importHistory(this.session.sock, parts, notification)
        parts.log.info(
          { account: parts.accountId, messages: count, progress: notification.progress },
          'history imported',
        )
      },
    })
  }

  start(): void {
    this.reader.start(this.readerEnd.signal)
    this.dispatch({ kind: 'start' })
  }

  /** Closes the socket; what was received is on the disk when this resolves. */
  async stop(): Promise<void> {
    this.dispatch({ kind: 'stop' })
    this.generation++
    await this.work
    await this.session?.close()
    this.readerEnd.abort()
    await this.reader.stop()
  }

  /** Takes the device off the phone's list where that can be reached, ends, and forgets the credentials. */
  async logOut(): Promise<void> {
    await this.session?.logOut()
    await this.stop()
    await this.forgetCredentials()
  }

  report(): ConnectionReport {
    return { state: this.state, say: describe(this.state) }
  }

  async send(message: OutgoingMessage): Promise<SendOutcome> {
    return this.session ? this.session.send(message) : { kind: 'retry', why: 'not connected' }
  }

  async typing(jid: string, on: boolean): Promise<void> {
    await this.session?.typing(jid, on)
  }

  async markRead(jid: string, waIds: readonly string[]): Promise<void> {
    await this.session?.markRead(jid, waIds)
  }

  private dispatch(event: ConnectionEvent): void {
    clearTimeout(this.pause)
    const at = { now: new Date(), random: Math.random() }
    const step = transition({ state: this.state, failures: this.failures }, event, at)
    this.state = step.state
    this.failures = step.failures
    this.tell()
    for (const effect of step.effects) this.perform(effect)
  }

  private tell(): void {
    const { accountId, inbound, log, changed } = this.parts
    const report = this.report()
    const level = report.state.kind === 'waiting' || report.state.kind === 'closed' ? 'warn' : 'info'
    if (report.state.kind !== 'pairing') {
      const reason = 'reason' in report.state ? { reason: report.state.reason } : {}
      log[level]({ account: accountId, state: report.state.kind, ...reason }, 'connection')
    }
    inbound.connection(accountId, report.state).catch((error: unknown) => {
      log.error({ account: accountId, err: error }, 'the state of the connection could not be stored')
    })
    changed(report)
  }

  private perform(effect: Effect): void {
    if (typeof effect === 'object') {
      this.pause = setTimeout(() => this.dispatch({ kind: 'pause_over' }), effect.pauseMs)
      return
    }
    const generation = ++this.generation
    this.work = this.work
      .then(() => (effect === 'connect' ? this.connect(generation) : this.forgetCredentials()))
      .catch((error: unknown) => {
        this.parts.log.error({ account: this.parts.accountId, err: error }, 'connecting failed')
        if (generation === this.generation) this.dispatch({ kind: 'closed', reason: 'unknown' })
      })
  }

  private async connect(generation: number): Promise<void> {
    const { vault } = this.parts
    await this.auth?.settled()
    this.auth ??= await AuthState.load(vault)
    if (generation !== this.generation) return
    const current = (handle: () => void) => {
      if (generation === this.generation) handle()
    }
    const parts = { ...this.parts, auth: this.auth, signal: this.signal }
    this.session = new Session(parts, {
      code: (qr, until) => current(() => this.dispatch({ kind: 'code', qr, until })),
      opened: () => current(() => this.dispatch({ kind: 'opened' })),
      closed: (reason) => current(() => this.dispatch({ kind: 'closed', reason })),
    })
    this.reader.wake()
  }

  /** The server no longer knows this device: the next connection links a new one. The journal and all chats stay. */
  private async forgetCredentials(): Promise<void> {
    await this.auth?.settled()
    this.auth = undefined
    await this.parts.vault.clear()
  }
}
