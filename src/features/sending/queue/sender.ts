import type { AccountId } from '../../../core/ids.ts'
import type { Part } from '../../../util/lifecycle.ts'
import { listAccounts } from '../../accounts/records.ts'
import { AccountSender } from './account-sender.ts'
import type { SenderParts } from './account-sender.ts'

/** Runs a sender for each account. */
export class Sender implements Part {
  readonly name = 'sender'
  private readonly parts: SenderParts
  private readonly loops = new Map<AccountId, AccountSender>()
  /** Accounts to send for from the start on. */
  private readonly early = new Set<AccountId>()
  private signal: AbortSignal | undefined
  private stopListening: (() => void) | undefined

  constructor(parts: SenderParts) {
    this.parts = parts
  }

  async start(signal: AbortSignal): Promise<void> {
    this.signal = signal
    for (const { id } of await listAccounts(this.parts.store.read)) this.early.add(id)
    for (const accountId of this.early) this.begin(accountId, signal)
    this.stopListening = this.parts.lines.onChange((accountId, report) => {
      this.loops.get(accountId)?.connectionChanged(report.state.kind === 'open')
    })
  }

  /** Starts sending for an account that was added while the daemon runs, or that is in no list. */
  joined({ id }: { id: AccountId }): void {
    if (this.signal === undefined) this.early.add(id)
    else this.begin(id, this.signal)
  }

  /** Stops sending for an account; in-flight messages are recorded when this resolves. */
  async left(accountId: AccountId): Promise<void> {
    const loop = this.loops.get(accountId)
    this.loops.delete(accountId)
    await loop?.stop()
  }

  private begin(accountId: AccountId, signal: AbortSignal): void {
    if (this.loops.has(accountId) || signal.aborted) return
    const loop = new AccountSender(this.parts, accountId)
    this.loops.set(accountId, loop)
    loop.start(signal)
  }

  async stop(): Promise<void> {
    this.stopListening?.()
    await Promise.all([...this.loops.values()].map((loop) => loop.stop()))
  }
}
