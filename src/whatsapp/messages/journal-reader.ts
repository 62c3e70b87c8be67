import type { proto } from '@whiskeysockets/baileys'
import type { AccountId } from '../../core/ids.ts'
import type { Incoming } from '../../core/messages/incoming.ts'
import type { Inbound, JournalRow, SessionVault } from '../../core/ports.ts'
import type { Logger } from '../../util/logger.ts'
import { WorkLoop } from '../../util/work-loop.ts'
import type { OwnIdentity } from '../content/context.ts'
import {
  changeFromStanza,
  decodeStanza,
  messageFromStanza,
  resentMessages,
  whyUnkept,
} from './from-whatsapp.ts'
import type { DecryptedStanza } from './from-whatsapp.ts'
import { migratedMappings, storeMappings } from './mappings.ts'

/** Maximum entries that become messages in one transaction. */
const batchSize = 100
const maxSleepMs = 60_000

interface Entry {
  row: JournalRow
  stanza: DecryptedStanza
  /** The messages and changes in the entry; empty if it is not to be kept. */
  incoming: Incoming[]
}

/** Holds the dependencies of the reader. */
export interface JournalReaderParts {
  accountId: AccountId
  vault: SessionVault
  inbound: Inbound
  log: Logger
  me: () => OwnIdentity | undefined
  /** Returns WhatsApp's time; undefined before the first login. Without it, this machine's clock is used. */
  time?: () => Date | undefined
  /** Called with the groups that have messages now. */
  groupsSeen: (jids: readonly string[]) => void
  /** Stores a part of the phone's history to be fetched; resolves when that is on disk. */
  history: (notification: proto.Message.IHistorySyncNotification, receivedAt: Date) => Promise<void>
}

/**
 * Turns journal entries into messages, oldest first, and releases them. Every decrypted message comes in this way: live ones,
 * the offline backlog, and those that a killed process left behind.
 */
export class JournalReader {
  private readonly parts: JournalReaderParts
  private readonly loop: WorkLoop
  private hasSaid = false

  constructor(parts: JournalReaderParts) {
    this.parts = parts
    this.loop = new WorkLoop({
      name: 'whatsapp: messages in',
      turn: () => this.turn(),
      sleepMs: () => maxSleepMs,
      failed: (error) =>
        parts.log.error({ account: parts.accountId, err: error }, 'received messages cannot be stored yet'),
    })
  }

  start(signal: AbortSignal): void {
    this.loop.start(signal)
  }

  /** Tells the reader that there may be new entries. */
  wake(): void {
    this.loop.wake()
  }

  /** Resolves when the reader has ended; abort its signal first. */
  async stop(): Promise<void> {
    await this.loop.ended()
  }

  private async turn(): Promise<boolean> {
    if (!this.hasSaid) await this.sayRecovered()
    return (await this.readBatch()) > 0
  }

  private async sayRecovered(): Promise<void> {
    this.hasSaid = true
    const { log, accountId, vault } = this.parts
    const { waiting } = await vault.countPending()
    if (waiting > 0)
      log.info({ account: accountId, count: waiting }, 'messages recovered after an unclean stop')
  }

  private async readBatch(): Promise<number> {
    const { vault } = this.parts
    const me = this.parts.me()
    if (!me) return 0
    const rows = await vault.pending(batchSize)
    if (rows.length === 0) return 0
    const stanzas: Entry[] = []
    for (const row of rows) {
      try {
        stanzas.push(this.read(row, me))
      } catch (error) {
        await this.setAside(row, error)
      }
    }
    const stored = await this.store(stanzas)
    for (const { row, stanza } of stored) {
      await this.readMappings(row, stanza)
      await this.readHistory(row, stanza)
    }
    await vault.release(stored.map(({ row }) => row.id))
    this.sayUnkept(stored)
    return rows.length
  }

  private read(row: JournalRow, me: OwnIdentity): Entry {
    const stanza = decodeStanza(JSON.parse(row.stanza) as Record<string, string>, row.plaintext, me)
    const at = row.receivedAt
    const now = this.parts.time?.() ?? at
    const one = changeFromStanza(stanza, at, now) ?? messageFromStanza(stanza, at, now)
    return { row, stanza, incoming: one ? [one] : resentMessages(stanza, now) }
  }

  private sayUnkept(entries: readonly Entry[]): void {
    const { inbound, accountId } = this.parts
    const reasons = entries
      .filter(({ incoming }) => incoming.length === 0)
      .map(({ stanza }) => whyUnkept(stanza))
    if (reasons.length > 0) inbound.unkept?.(accountId, reasons)
  }

  /**
   * Stores the messages of a batch and returns its entries. If the batch is refused, tries each alone: an entry that
   * is refused while others succeed is faulty itself, and set aside so that it blocks nothing.
   */
  private async store(entries: Entry[]): Promise<Entry[]> {
    const { inbound, accountId } = this.parts
    try {
      const messages = entries.flatMap(({ incoming }) => incoming)
      await inbound.messages(accountId, messages)
      const groups = messages
        .filter(({ chat }) => chat.kind === 'group')
        .map(({ chat }) => chat.group)
        .filter((jid) => jid !== null)
      if (groups.length > 0) this.parts.groupsSeen(groups)
      return entries
    } catch (error) {
      if (entries.length === 1) throw error
      const stored: Entry[] = []
      const refused: { entry: Entry; error: unknown }[] = []
      for (const entry of entries) {
        await inbound.messages(accountId, entry.incoming).then(
          () => stored.push(entry),
          (reason: unknown) => refused.push({ entry, error: reason }),
        )
      }
      // All failed: the fault is not in a message, and the next try may succeed.
      if (stored.length === 0) throw error
      for (const { entry, error: reason } of refused) await this.setAside(entry.row, reason)
      return stored
    }
  }

  /**
   * Reads mappings before the release. The library does the same, but after the receipt: an ending process would lose
   * them.
   */
  private async readMappings(row: JournalRow, { content, key }: DecryptedStanza): Promise<void> {
    const mappings = key.fromMe === true ? migratedMappings(content) : undefined
    if (mappings) await storeMappings(this.parts, mappings, row.receivedAt)
  }

  private async readHistory(row: JournalRow, { content, key }: DecryptedStanza): Promise<void> {
    const notification = content.protocolMessage?.historySyncNotification
    // Any contact could send such a message; only the account's own phone is trusted.
    if (!notification || key.fromMe !== true) return
    await this.parts.history(notification, row.receivedAt)
  }

  private async setAside(row: JournalRow, error: unknown): Promise<void> {
    const { log, accountId, vault } = this.parts
    log.error(
      { account: accountId, entry: row.id, err: error },
      'a received stanza cannot become a message; it is kept',
    )
    await vault.setAside(row.id, error instanceof Error ? error.message : String(error))
    this.parts.inbound.unkept?.(accountId, ['set_aside'])
  }
}
