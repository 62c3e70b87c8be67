import type { AccountId } from '../core/ids.ts'
import type { ConnectionReport } from '../features/accounts/connection.ts'
import type {
  PresenceRecords,
  DepartingDevice,
  DepartingDevices,
  TemporaryFiles,
  GroupRecords,
  Inbound,
  Line,
  LineControl,
  Lines,
  SealedContents,
  SessionVault,
} from '../core/ports.ts'
import { backoffMs } from '../util/backoff.ts'
import type { BackoffPolicy } from '../util/backoff.ts'
import { wait } from '../util/clock.ts'
import { needDescriptors } from '../runtime/descriptors.ts'
import { briefCause } from '../util/root-cause.ts'
import type { Logger } from '../util/logger.ts'
import type { WhatsAppLine } from './connection/line.ts'
import type { LogOuts } from './connection/log-outs.ts'

/** Holds the dependencies and settings of the connections. */
export interface WhatsAppParts {
  syncFullHistory: boolean
  keptPosts: { statusPosts: boolean; channels: boolean }
  historyDays: number | null
  log: Logger
  vault: (accountId: AccountId) => SessionVault
  /** The devices of removed accounts that are still to be logged out. */
  departing: DepartingDevices
  temporaryFiles: TemporaryFiles
  /** The pauses between tries to start; from one second to a minute by default. */
  pauses?: BackoffPolicy
}

/** Says where the connections lead, and who receives their reports. */
export interface WhatsAppInputs {
  /** Address to connect to, and key whose signatures are trusted; null means WhatsApp's own. */
  network: { url: string | null; rootKey: string | null; mediaCertificate?: string }
  accounts: { list(): Promise<Linked[]> }
  inbound: Inbound
  groups: GroupRecords
  presence: PresenceRecords
}

/** The maximum number of files open at once while loading, and one socket. */
const loadingDescriptors = 16

/** A device that could not be logged out for this long is left to the phone's owner. */
const logOutsEndMs = 14 * 24 * 60 * 60_000

const startPauses: BackoffPolicy = { firstMs: 1000, maxMs: 60_000 }

type Linked = Parameters<LineControl['open']>[0]

type Listener = (accountId: AccountId, report: ConnectionReport) => void

/** Keeps the connections of all accounts. The library, large and slow to load, is loaded after everything else has started. */
export class WhatsApp implements Lines, LineControl {
  private readonly parts: WhatsAppParts
  private readonly lines = new Map<AccountId, WhatsAppLine>()
  private readonly listeners = new Set<Listener>()
  private starting: Promise<void> = Promise.resolve()
  private begin: ((account: Linked) => void) | undefined
  private loading: Promise<(account: Linked) => WhatsAppLine> | undefined
  private held: { why: string; until: Date } | undefined
  private sealed: SealedContents | undefined
  private logOuts: LogOuts | undefined
  /**
   * Reads sealed contents. They arrive only over a line, or wait for a message that does, so the library that reads them is
   * loaded by then.
   */
  readonly contents: SealedContents = { read: (use, plain) => this.sealed?.read(use, plain) }

  constructor(parts: WhatsAppParts) {
    this.parts = parts
  }

  /** Opens the connections of all accounts, and of those to come, until the signal is aborted. */
  start(signal: AbortSignal, inputs: WhatsAppInputs): void {
    this.starting = new Promise<void>((resolve) => setTimeout(resolve, 0)).then(() =>
      this.connect(signal, inputs),
    )
  }

  async stop(): Promise<void> {
    await this.starting
    await Promise.all([...[...this.lines.values()].map((line) => line.stop()), this.logOuts?.stop()])
  }

  /** Says why the connections have not started, and when the next try comes; undefined if nothing blocks them. */
  delay(): { why: string; until: Date } | undefined {
    return this.held
  }

  /** Starts, and retries what fails, such as for too many open files, until it works. */
  private async connect(signal: AbortSignal, inputs: WhatsAppInputs): Promise<void> {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        if (this.loading === undefined) needDescriptors(loadingDescriptors)
        await this.connectAll(signal, inputs)
        this.held = undefined
        return
      } catch (error) {
        const pauseMs = backoffMs(this.parts.pauses ?? startPauses, failures, Math.random())
        this.held = { why: briefCause(error), until: new Date(Date.now() + pauseMs) }
        const retryInSeconds = Math.round(pauseMs / 1000)
        this.parts.log.error({ err: error, retryInSeconds }, 'the WhatsApp connections did not start')
        await wait(pauseMs, signal)
      }
    }
  }

  find(accountId: AccountId): Line | undefined {
    return this.lines.get(accountId)
  }

  /** Opens an account's line; before the start has finished, the list of all accounts covers it. */
  open(account: Linked): void {
    this.begin?.(account)
  }

  async close(accountId: AccountId): Promise<boolean> {
    // If the connections cannot start, there is nothing to wait for.
    if (this.held === undefined) await this.starting
    const line = this.lines.get(accountId)
    this.lines.delete(accountId)
    const loggedOut = line ? await line.logOut() : !(await this.parts.vault(accountId).retire(new Date()))
    if (!loggedOut) this.logOuts?.wake()
    return loggedOut
  }

  async departing(): Promise<(DepartingDevice & { until: Date })[]> {
    const devices = await this.parts.departing.list()
    return devices.map((device) => ({ ...device, until: new Date(device.since.getTime() + logOutsEndMs) }))
  }

  onChange(listener: Listener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private async connectAll(signal: AbortSignal, inputs: WhatsAppInputs): Promise<void> {
    this.loading ??= this.load(inputs).catch((error: unknown) => {
      this.loading = undefined
      throw error
    })
    const make = await this.loading
    if (signal.aborted) return
    this.begin = (account) => {
      if (this.lines.has(account.id) || signal.aborted) return
      const line = make(account)
      this.lines.set(account.id, line)
      line.start()
    }
    for (const account of await inputs.accounts.list()) this.begin(account)
    this.logOuts?.start(signal)
  }

  /**
   * Loads the library. Node remembers for good that a module could not be read, so a second try would fail as well:
   * loading waits until there are enough descriptors to read all of it.
   */
  private async load({
    network,
    inbound,
    groups,
    presence,
  }: WhatsAppInputs): Promise<(account: Linked) => WhatsAppLine> {
    const { silenceConsole } = await import('./connection/library-logger.ts')
    const { askForHistory, enforceSignatures, trustRootKey } = await import('./baileys-internals.ts')
    const { installFastCurve } = await import('../signal/fast-curve.ts')
    const { WhatsAppLine } = await import('./connection/line.ts')
    const { LogOuts } = await import('./connection/log-outs.ts')
    const { DecodedRecords } = await import('./signal/signal-records.ts')
    const { sealedContents } = await import('./content/read-sealed.ts')
    this.sealed = sealedContents
    silenceConsole()
    installFastCurve()
    enforceSignatures()
    askForHistory({ whole: this.parts.syncFullHistory, days: this.parts.historyDays })
    const { url, rootKey, mediaCertificate = null } = network
    trustRootKey(rootKey)
    this.logOuts = new LogOuts({
      url,
      devices: this.parts.departing,
      endMs: logOutsEndMs,
      log: this.parts.log,
    })
    const decoded = new DecodedRecords()
    return ({ id }) =>
      new WhatsAppLine({
        decoded,
        accountId: id,
        url,
        mediaCertificate,
        syncFullHistory: this.parts.syncFullHistory,
        keptPosts: this.parts.keptPosts,
        historyDays: this.parts.historyDays,
        vault: this.parts.vault(id),
        temporaryFiles: this.parts.temporaryFiles,
        inbound,
        groups,
        presence,
        log: this.parts.log,
        changed: (report) => {
          if (report.state.kind === 'open') this.logOuts?.reachable()
          this.listeners.forEach((listener) => listener(id, report))
        },
      })
  }
}
