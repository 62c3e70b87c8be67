import type { AccountId } from '../domain/account.ts'
import type { ConnectionReport } from '../domain/connection.ts'
import type { Inbound, Line, Lines, Vault } from '../domain/ports.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'
import type { WhatsAppLine } from './line.ts'

export interface WhatsAppParts {
  /** Where to connect to and whose signature to trust there; null stands for WhatsApp's own. Asked once, at the start. */
  network: () => { url: string | null; rootKey: string | null }
  syncFullHistory: boolean
  log: Logger
  accounts: () => Promise<{ id: AccountId }[]>
  /** Who hears what WhatsApp tells. */
  inbound: () => Inbound
  vault: (accountId: AccountId) => Vault
}

type Listener = (accountId: AccountId, report: ConnectionReport) => void

/** The connections of all accounts. The library, large and slow to load, comes after everything else has started. */
export class WhatsApp implements Part, Lines {
  readonly name = 'whatsapp'
  private readonly parts: WhatsAppParts
  private readonly lines = new Map<AccountId, WhatsAppLine>()
  private readonly listeners = new Set<Listener>()
  private starting: Promise<void> = Promise.resolve()

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

  onChange(listener: Listener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private async connectAll(signal: AbortSignal): Promise<void> {
    const { silenceConsole } = await import('./library-logger.ts')
    const { enforceSignatures, trustRootKey } = await import('./signatures.ts')
    const { isolateSessionTrials } = await import('./session-trials.ts')
    const { WhatsAppLine } = await import('./line.ts')
    silenceConsole()
    enforceSignatures()
    isolateSessionTrials()
    const { url, rootKey } = this.parts.network()
    trustRootKey(rootKey)
    if (signal.aborted) return
    for (const { id } of await this.parts.accounts()) {
      const line = new WhatsAppLine({
        accountId: id,
        url,
        syncFullHistory: this.parts.syncFullHistory,
        vault: this.parts.vault(id),
        inbound: this.parts.inbound(),
        log: this.parts.log,
        expectedPhone: null,
        changed: (report) => this.listeners.forEach((listener) => listener(id, report)),
      })
      this.lines.set(id, line)
      line.start()
    }
  }
}
