import type { AccountId } from '../../core/ids.ts'
import type { Line, Lines } from '../../core/ports.ts'
import { appendEvent } from '../events/records.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import {
  accountsToAsk,
  insertUndecrypted,
  markAnnounced,
  markAsked,
  unannounced,
  unread,
} from './queries/undecrypted.ts'
import type { Undecrypted, ContentRequest } from './queries/undecrypted.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'

/** Times at which the own phone is asked, and asked again: the sender's device may repeat the message before. */
const askAfterMs = [5000, 30_000, 5 * 60_000, 60 * 60_000]
/** Time that both may take before the business is told. */
const announceAfterMs = 60_000

/** Notes that a person wrote an undecryptable message. */
export async function noteUndecrypted(trx: Trx, message: Undecrypted, at: Date): Promise<void> {
  const after = (ms: number) => new Date(at.getTime() + ms)
  const times = { askAt: after(askAfterMs[0] ?? 0), announceAt: after(announceAfterMs) }
  await insertUndecrypted(trx, message, times)
}

/**
 * Recovers undecryptable messages: asks the owner's phone, which can read them, and reports after a while that a
 * person wrote, so that the business can ask them to repeat.
 */
export class UndecryptedMessages {
  private readonly store: Store
  private readonly lines: Lines
  private readonly clock: Clock
  private readonly log: Logger

  constructor(parts: { store: Store; lines: Lines; clock: Clock; log: Logger }) {
    this.store = parts.store
    this.lines = parts.lines
    this.clock = parts.clock
    this.log = parts.log
  }

  /** Asks for messages again, and reports the ones that stay unreadable, as they fall due. */
  async askAndAnnounce(): Promise<void> {
    await this.announceDue()
    const accounts = await accountsToAsk(this.store.read, this.clock.now())
    await Promise.all(accounts.map((accountId) => this.askDue(accountId)))
  }

  private async announceDue(): Promise<void> {
    const at = this.clock.now()
    if ((await unannounced(this.store.read, at)).length === 0) return
    await this.store.write(async (trx) => {
      for (const { messageId, accountId, chatId } of await unannounced(trx, at)) {
        const data = { messageId, chatId }
        await appendEvent(trx, { name: 'message.undecryptable', accountId, chatId, data }, at)
        await markAnnounced(trx, messageId)
      }
    })
  }

  private async askDue(accountId: AccountId): Promise<void> {
    const line = this.lines.find(accountId)
    if (!line?.askPhone || line.report().state.kind !== 'open') return
    const due = await unread(this.store.read, accountId, this.clock.now())
    const asked = await Promise.all(due.map((message) => this.ask(line, message)))
    const at = this.clock.now()
    await this.store.write(async (trx) => {
      for (const message of due.filter((_message, index) => asked[index])) {
        const next = askAfterMs[message.asks + 1]
        await markAsked(trx, message, next === undefined ? null : new Date(at.getTime() + next))
      }
    })
  }

  private async ask(line: Line, message: ContentRequest): Promise<boolean> {
    try {
      return (await line.askPhone?.({ ...message, chatJid: jidToAskFor(message) })) ?? false
    } catch (error) {
      this.log.warn({ account: message.accountId, err: error }, 'the phone could not be asked for a message')
      return false
    }
  }
}

/** Alternates between the person's two addresses: the phone knows the chat under one of them. */
function jidToAskFor({ asks, phoneJid, lid, chatJid }: ContentRequest): string {
  return (asks % 2 === 0 ? phoneJid : lid) ?? chatJid
}
