import type { AccountId, ChatId } from '../../core/ids.ts'
import type { ReadElsewhere, TypingSeen } from './presence-marks.ts'
import type { Chat } from './chat.ts'
import { AppError } from '../../core/errors.ts'
import { postsKind } from '../../core/jid.ts'
import type { PresenceRecords, Line, Lines } from '../../core/ports.ts'
import { clearUnread } from './queries/chats.ts'
import { jidsOf } from '../../core/chat-address.ts'
import { findChatsSeen } from '../contacts/records.ts'
import type { Store } from '../../db/store.ts'
import { markUnread, newestIncoming, readThrough } from './queries/unread.ts'
import type { Logger } from '../../util/logger.ts'
import type { Chats } from './chats.ts'

/** The maximum number of messages marked as read at once; WhatsApp includes the older ones. */
const maxReadMarks = 200

type TypingListener = (accountId: AccountId, chatId: ChatId, on: boolean) => void

/** Keeps read marks and typing. */
export class Presence implements PresenceRecords {
  private readonly store: Store
  private readonly lines: Lines
  private readonly chats: Pick<Chats, 'get'>
  private readonly log: Logger
  private readonly listeners = new Set<TypingListener>()
  /** Chats in which we are shown as typing, with the timer that ends each. */
  private readonly shown = new Map<number, NodeJS.Timeout>()

  constructor(parts: { store: Store; lines: Lines; chats: Pick<Chats, 'get'>; log: Logger }) {
    this.store = parts.store
    this.lines = parts.lines
    this.chats = parts.chats
    this.log = parts.log
  }

  /**
   * Marks a chat as read, and tells the senders if WhatsApp can be reached now.
   * @throws AppError not_found
   */
  async markRead(
    accountId: AccountId,
    address: string,
  ): Promise<{ chat: Chat; read: number; told: boolean }> {
    // In one transaction: a message that arrives meanwhile is among them, or stays unread.
    const { chat, messages } = await this.store.write(async (trx) => {
      const chat = await this.chats.get(accountId, address)
      if (chat.unreadCount === 0) return { chat, messages: [] }
      const messages = await newestIncoming(trx, chat.id, Math.min(chat.unreadCount, maxReadMarks))
      await clearUnread(trx, chat.id)
      return { chat, messages }
    })
    if (chat.unreadCount === 0) return { chat, read: 0, told: true }
    // Authors of posts do not learn who reads them.
    if (postsKind(chat.jid)) return { chat, read: chat.unreadCount, told: false }
    const told = await this.showToWhatsApp(accountId, (line) => line.markRead?.(chat.jid, messages))
    return { chat, read: chat.unreadCount, told }
  }

  /**
   * Shows the typing indicator in the chat, for a while or until it is switched off.
   * @throws AppError not_found, not_connected
   */
  async showTyping(
    accountId: AccountId,
    address: string,
    { on, forMs }: { on: boolean; forMs: number },
  ): Promise<Chat> {
    const chat = await this.chats.get(accountId, address)
    if (postsKind(chat.jid)) throw new AppError('conflict', 'Status posts and channels cannot be written to.')
    const told = await this.showToWhatsApp(accountId, (line) => line.typing?.(chat.jid, on))
    if (!told) throw new AppError('not_connected', 'The account is not connected to WhatsApp at the moment.')
    clearTimeout(this.shown.get(chat.id))
    this.shown.delete(chat.id)
    if (!on) return chat
    const end = () => {
      this.shown.delete(chat.id)
      void this.showToWhatsApp(accountId, (line) => line.typing?.(chat.jid, false))
    }
    this.shown.set(chat.id, setTimeout(end, forMs).unref())
    return chat
  }

  /** Calls `listener` when a person in a chat starts or stops typing. @returns a function that stops it */
  onTyping(listener: TypingListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  async typing(accountId: AccountId, { chat: address, on }: TypingSeen): Promise<void> {
    if (this.listeners.size === 0) return
    // Only reads: typing creates no chat.
    const [chat] = await findChatsSeen(this.store.read, accountId, jidsOf(address))
    if (chat) for (const listener of this.listeners) listener(accountId, chat.id, on)
  }

  async readElsewhere(accountId: AccountId, { chat: address, read }: ReadElsewhere): Promise<void> {
    await this.store.write(async (trx) => {
      const [chat] = await findChatsSeen(trx, accountId, jidsOf(address))
      if (!chat) return
      if (read === 'all') await clearUnread(trx, chat.id)
      else if (read === 'none') await markUnread(trx, chat.id)
      else await readThrough(trx, { accountId, id: chat.id }, read)
    })
  }

  /** Shows reading or typing to WhatsApp; false if that failed. */
  private async showToWhatsApp(
    accountId: AccountId,
    how: (line: Line) => Promise<void> | undefined,
  ): Promise<boolean> {
    const line = this.lines.find(accountId)
    if (line?.report().state.kind !== 'open') return false
    try {
      await how(line)
      return true
    } catch (error) {
      this.log.warn({ account: accountId, err: error }, 'reading or typing could not be shown to WhatsApp')
      return false
    }
  }
}
