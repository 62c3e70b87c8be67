import type { AccountId } from '../../core/ids.ts'
import type { MessageToRead } from '../../features/chats/presence-marks.ts'
import type {
  CloseReason,
  ConnectionReport,
  ConnectionState,
  PairingCode,
} from '../../features/accounts/connection.ts'
import { AppError } from '../../core/errors.ts'
import type { HistorySummary } from '../../core/messages/history.ts'
import type { OutgoingMessage, SendOutcome } from '../../core/messages/outgoing.ts'
import type { PasskeyAssertion } from '../../features/accounts/passkey.ts'
import type {
  PresenceRecords,
  TemporaryFiles,
  FileTransfer,
  GroupRecords,
  Inbound,
  Line,
  MessageKey,
  OldestMessage,
  SessionVault,
} from '../../core/ports.ts'
import type { Logger } from '../../util/logger.ts'
import { flappingFrom } from '../../features/accounts/connection.ts'
import { makePreKeys } from '../signal/pre-keys.ts'
import { AuthState } from '../signal/auth-state.ts'
import type { DecodedRecords } from '../signal/signal-records.ts'
import { ClientVersion, fetchFromWhatsApp } from './client-version.ts'
import type { FetchVersion } from './client-version.ts'
import { HistoryImporter } from '../history/history-importer.ts'
import { storeMappings } from '../messages/mappings.ts'
import { JournalReader } from '../messages/journal-reader.ts'
import { notPairing } from './pairing.ts'
import type { Pairing } from './pairing.ts'
import type { PasskeyTimes } from './passkey.ts'
import { Session } from './session.ts'
import { retryCounts } from './retry-counts.ts'
import { SignalSessions } from '../signal/signal-repository.ts'
import { describe, refusedSay, transition } from './transition.ts'
import type { ConnectionEvent, Effect } from './transition.ts'

/** Long enough to find the right menu on the phone and type eight letters. */
const codeLifeAtLeastMs = 75_000
const renewalMs = 15_000

/** Holds the dependencies and settings of a line. */
export interface LineParts {
  accountId: AccountId
  /** Null: WhatsApp's own. */
  url: string | null
  syncFullHistory: boolean
  keptPosts: { statusPosts: boolean; channels: boolean }
  /** Days that a whole history goes back; null: as far as the phone's. */
  historyDays: number | null
  vault: SessionVault
  /** Keeps files while they are read. */
  temporaryFiles: TemporaryFiles
  inbound: Inbound
  groups: GroupRecords
  presence: PresenceRecords
  log: Logger
  /** Decoded Signal records, shared by all lines of a process; by default its own. */
  decoded?: DecodedRecords
  /** Trusted on media hosts besides the usual certificates, PEM; null: none. */
  mediaCertificate?: string | null
  /** Time limits of the steps of linking by passkey; WhatsApp's own by default. */
  passkeyTimes?: PasskeyTimes
  /**
   * Fetches the current client version; by default from WhatsApp's site, or not at all if `url` is another network.
   */
  fetchVersion?: FetchVersion
  changed: (report: ConnectionReport) => void
}

/** Keeps one account connected: holds the state, the current socket, and the journal that outlives both. */
export class WhatsAppLine implements Line {
  private readonly parts: LineParts
  private readonly signal: SignalSessions
  private readonly reader: JournalReader
  private readonly historyImporter: HistoryImporter
  private imported: HistorySummary | undefined
  private readonly readerEnd = new AbortController()
  private state: ConnectionState = { kind: 'starting' }
  private failures = 0
  private auth: AuthState | undefined
  private readonly version: ClientVersion
  /** Times within the last hour at which an open connection was lost. */
  private drops: number[] = []
  /** The last code was scanned by a phone with another number. */
  private wasRefused = false
  private session: Session | undefined
  /** Identifies the current try: callbacks of an earlier one are ignored. */
  private generation = 0
  private pause: NodeJS.Timeout | undefined
  private onPairing: (() => void) | undefined
  /** Reason why the connection is down, as last logged. */
  private outage: CloseReason | undefined
  /** Effects run one after another, in the order of their events. */
  private work: Promise<void> = Promise.resolve()

  constructor(parts: LineParts) {
    this.parts = parts
    const fetch = parts.fetchVersion ?? (parts.url === null ? fetchFromWhatsApp : undefined)
    this.version = new ClientVersion(parts.vault, fetch)
    this.signal = new SignalSessions(parts.vault, () => this.reader.wake())
    this.reader = new JournalReader({
      accountId: parts.accountId,
      vault: parts.vault,
      inbound: parts.inbound,
      log: parts.log,
      me: () => this.session?.me,
      time: () => this.time(),
      groupsSeen: (jids) => this.session?.groups.want(jids),
      history: (notification, receivedAt) => this.historyImporter.add(notification, receivedAt),
    })
    this.historyImporter = new HistoryImporter({
      ...parts,
      time: () => this.time(),
      queue: parts.vault.history(),
      days: parts.historyDays,
      connection: () => {
        const { sock, files } = this.session ?? {}
        return sock && files && { sock, files }
      },
      changed: (summary) => {
        this.imported = summary
        parts.changed(this.report())
      },
    })
  }

  start(): void {
    this.reader.start(this.readerEnd.signal)
    this.historyImporter.start(this.readerEnd.signal)
    this.dispatch({ kind: 'start' })
  }

  /** Closes the socket; everything received is on disk when this resolves. */
  async stop(): Promise<void> {
    this.dispatch({ kind: 'stop' })
    this.generation++
    await this.work
    await this.session?.close()
    this.readerEnd.abort()
    await this.reader.stop()
    await this.historyImporter.stop()
  }

  /**
   * Removes the device from the phone's list and ends for good.
   * @returns false if WhatsApp could not be told: the credentials then wait for {@link LogOuts}
   */
  async logOut(): Promise<boolean> {
    const loggedOut = (await this.session?.logOut()) ?? false
    await this.stop()
    await this.auth?.end()
    this.auth = undefined
    if (!loggedOut) return !(await this.parts.vault.retire(new Date()))
    await this.parts.vault.clear()
    return true
  }

  report(): ConnectionReport {
    const hourAgo = performance.now() - 60 * 60_000
    this.drops = this.drops.filter((at) => at > hourAgo)
    const drops = this.drops.length
    const flapping = drops >= flappingFrom ? ` The connection was lost ${drops} times in the last hour.` : ''
    const refused = this.wasRefused && this.state.kind === 'pairing' ? ` ${refusedSay}` : ''
    const history = this.imported ? { history: this.imported } : {}
    return { state: this.state, say: describe(this.state) + refused + flapping, drops, ...history }
  }

  history(): Promise<HistorySummary> {
    return this.parts.vault.history().summary()
  }

  async requestHistory(from: OldestMessage, count: number): Promise<void> {
    if (!this.session || this.state.kind !== 'open') {
      throw new AppError('not_connected', 'The account is not connected to WhatsApp at the moment.')
    }
    const key = { remoteJid: from.jid, id: from.waId, fromMe: from.fromMe }
    await this.session.sock.fetchMessageHistory(count, key, from.sentAt.getTime())
  }

  time(): Date | undefined {
    return this.session?.time()
  }

  journal(): Promise<{ waiting: number; setAside: number }> {
    return this.parts.vault.countPending()
  }

  async send(message: OutgoingMessage): Promise<SendOutcome> {
    return this.session ? this.session.send(message) : { kind: 'retry', why: 'not connected' }
  }

  files(): FileTransfer | undefined {
    return this.session?.files
  }

  /**
   * Makes a pairing code for a phone number. A code lives no longer than its connection, so an old connection is replaced
   * first.
   */
  async requestPairingCode(phone: string): Promise<PairingCode> {
    if (this.pairing().leftMs < codeLifeAtLeastMs) await this.renewPairing()
    return this.pairing().requestCode(phone)
  }

  async answerPasskey(assertion: PasskeyAssertion): Promise<void> {
    await this.pairing().passkey.answer(assertion)
  }

  async confirmPasskey(code: string): Promise<void> {
    await this.pairing().passkey.confirm(code)
  }

  private pairing(): Pairing {
    if (this.state.kind !== 'pairing' || !this.session) throw notPairing()
    return this.session.pairing
  }

  private renewPairing(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(limit)
        this.onPairing = undefined
        resolve()
      }
      const limit = setTimeout(done, renewalMs)
      this.onPairing = done
      this.session?.renewCodes()
    })
  }

  async lookUp(phone: string): Promise<string | null> {
    if (!this.session) throw new Error('the account is not connected')
    return this.session.lookUp(phone)
  }

  async typing(jid: string, on: boolean): Promise<void> {
    await this.session?.typing(jid, on)
  }

  async askPhone(message: MessageKey): Promise<boolean> {
    return (await this.session?.askPhone(message)) ?? false
  }

  async markRead(jid: string, messages: readonly MessageToRead[]): Promise<void> {
    await this.session?.markRead(jid, messages)
  }

  async listenForTyping(jid: string): Promise<void> {
    await this.session?.listenForTyping(jid)
  }

  private dispatch(event: ConnectionEvent): void {
    clearTimeout(this.pause)
    if (event.kind === 'opened') this.wasRefused = false
    if (event.kind === 'closed' && event.reason === 'number_mismatch') this.wasRefused = true
    if (event.kind === 'closed' && this.state.kind === 'open') this.drops.push(performance.now())
    const at = { now: new Date(), random: Math.random() }
    const step = transition({ state: this.state, failures: this.failures }, event, at)
    this.state = step.state
    this.failures = step.failures
    this.publishState()
    for (const effect of step.effects) this.perform(effect)
    if (event.kind === 'closed' && event.reason === 'client_outdated') this.updateClient()
    if (event.kind === 'opened') {
      this.historyImporter.wake()
      this.rememberClient()
    }
    if (this.state.kind === 'pairing') this.onPairing?.()
  }

  /** Switches to another client version, fetched if possible, and tries it at once. */
  private updateClient(): void {
    const generation = this.generation
    this.version
      .refused()
      .then((found) => found && generation === this.generation && this.dispatch({ kind: 'pause_over' }))
      .catch((error: unknown) =>
        this.parts.log.warn({ err: error }, 'the client version could not be updated'),
      )
  }

  private rememberClient(): void {
    const used = this.session?.version
    if (!used) return
    this.version.accepted(used).catch((error: unknown) => {
      this.parts.log.warn({ err: error }, 'the client version could not be stored')
    })
  }

  private publishState(): void {
    const { accountId, inbound, log, changed } = this.parts
    const report = this.report()
    const { state } = report
    if (state.kind !== 'pairing') {
      const reason = 'reason' in state ? { reason: state.reason } : {}
      const next = state.kind === 'waiting' ? { nextTryAt: state.until.toISOString() } : {}
      log[this.levelOf(state)]({ account: accountId, state: state.kind, ...reason, ...next }, 'connection')
    }
    inbound.connection(accountId, report.state).catch((error: unknown) => {
      log.error({ account: accountId, err: error }, 'the state of the connection could not be stored')
    })
    changed(report)
  }

  /** Chooses the log level: an outage is logged once, its further tries at debug. */
  private levelOf(state: ConnectionState): 'debug' | 'info' | 'warn' {
    const outage = 'reason' in state ? state.reason : undefined
    const isRepeated = this.failures > 1 && (state.kind === 'connecting' || outage === this.outage)
    if (state.kind === 'open') this.outage = undefined
    if (outage !== undefined) this.outage = outage
    if (isRepeated) return 'debug'
    return outage === undefined ? 'info' : 'warn'
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
    this.auth ??= await AuthState.load(vault, this.parts.decoded)
    this.auth.onMappings = (mappings) => storeMappings(this.parts, mappings, new Date())
    const version = await this.version.choose()
    this.auth.dropUnfinishedPairing()
    await makePreKeys(this.auth)
    if (generation !== this.generation) return
    const current = (handle: () => void) => {
      if (generation === this.generation) handle()
    }
    const parts = {
      ...this.parts,
      auth: this.auth,
      signal: this.signal,
      retries: retryCounts(vault),
      version,
    }
    this.session = new Session(parts, {
      pairing: (view) => current(() => this.dispatch({ kind: 'pairing', view })),
      opened: (isOtherNumber) => current(() => this.dispatch({ kind: 'opened', isOtherNumber })),
      closed: (reason) => current(() => this.dispatch({ kind: 'closed', reason })),
    })
    this.reader.wake()
  }

  /**
   * Deletes credentials the server no longer knows: the next connection links a new device. The journal and all chats
   * stay.
   */
  private async forgetCredentials(): Promise<void> {
    await this.auth?.end()
    this.auth = undefined
    await this.parts.vault.clear()
  }
}
