import type { AccountId } from '../domain/account.ts'
import type { ConnectionReport } from '../domain/connection.ts'
import type {
  AttentionRecords,
  Drafts,
  GroupRecords,
  Inbound,
  Line,
  LineControl,
  Lines,
  SealedContents,
  Vault,
} from '../domain/ports.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'
import type { WhatsAppLine } from './line.ts'

export interface WhatsAppParts {
  /** Where to connect to and whose signature to trust there; null stands for WhatsApp's own. Asked once, at the start. */
  network: () => { url: string | null; rootKey: string | null; mediaCertificate?: string }
  syncFullHistory: boolean
  takes: { statusPosts: boolean; channels: boolean }
  historyDays: number | null
  log: Logger
  accounts: () => Promise<Linked[]>
  /** Who hears what WhatsApp tells. */
  inbound: () => Inbound
  groups: () => GroupRecords
  attention: () => AttentionRecords
  vault: (accountId: AccountId) => Vault
  drafts: Drafts
}

type Linked = Parameters<LineControl['open']>[0]

type Listener = (accountId: AccountId, report: ConnectionReport) => void

/** The connections of all accounts. The library, large and slow to load, comes after everything else has started. */
export class WhatsApp implements Part, Lines, LineControl {
  readonly name = 'whatsapp'
  private readonly parts: WhatsAppParts
  private readonly lines = new Map<AccountId, WhatsAppLine>()
  private readonly listeners = new Set<Listener>()
  private starting: Promise<void> = Promise.resolve()
  private begin: ((account: Linked) => void) | undefined
  private sealed: SealedContents | undefined
  /** Nothing sealed comes before the library that reads it: it comes over a line, or waits for what comes over one. */
  readonly contents: SealedContents = { read: (use, plain) => this.sealed?.read(use, plain) }

  constructor(parts: WhatsAppParts) {
    this.parts = parts
  }

  start(signal: AbortSignal): void {
    this.starting = new Promise<void>((resolve) => setTimeout(resolve, 0))
      .then(() => this.connectAll(signal))
      .catch((error: unknown) =>
        this.parts.log.error({ err: error }, 'the WhatsApp connections did not start'),
      )
  }

  async stop(): Promise<void> {
    await this.starting
    await Promise.all([...this.lines.values()].map((line) => line.stop()))
  }

  find(accountId: AccountId): Line | undefined {
    return this.lines.get(accountId)
  }

  /** Before the start is through, the account is found in the list of all. */
  open(account: Linked): void {
    this.begin?.(account)
  }

  async close(accountId: AccountId): Promise<void> {
    await this.starting
    const line = this.lines.get(accountId)
    this.lines.delete(accountId)
    await line?.logOut()
  }

  onChange(listener: Listener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private async connectAll(signal: AbortSignal): Promise<void> {
    const { silenceConsole } = await import('./library-logger.ts')
    const { enforceSignatures, trustRootKey } = await import('./signatures.ts')
    const { isolateSessionTrials } = await import('./session-trials.ts')
    const { installFastCurve } = await import('../util/fast-curve.ts')
    const { askForHistory } = await import('./history-wish.ts')
    const { WhatsAppLine } = await import('./line.ts')
    const { sealedContents } = await import('./content/read-sealed.ts')
    this.sealed = sealedContents
    silenceConsole()
    installFastCurve()
    enforceSignatures()
    isolateSessionTrials()
    askForHistory({ whole: this.parts.syncFullHistory, days: this.parts.historyDays })
    const { url, rootKey, mediaCertificate = null } = this.parts.network()
    trustRootKey(rootKey)
    if (signal.aborted) return
    this.begin = ({ id }) => {
      if (this.lines.has(id) || signal.aborted) return
      const line = new WhatsAppLine({
        accountId: id,
        url,
        mediaCertificate,
        syncFullHistory: this.parts.syncFullHistory,
        takes: this.parts.takes,
        historyDays: this.parts.historyDays,
        vault: this.parts.vault(id),
        drafts: this.parts.drafts,
        inbound: this.parts.inbound(),
        groups: this.parts.groups(),
        attention: this.parts.attention(),
        log: this.parts.log,
        changed: (report) => this.listeners.forEach((listener) => listener(id, report)),
      })
      this.lines.set(id, line)
      line.start()
    }
    for (const account of await this.parts.accounts()) this.begin(account)
  }
}
