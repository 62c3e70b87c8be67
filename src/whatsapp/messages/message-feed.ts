import type { BinaryNode } from '@whiskeysockets/baileys'
import { isBroadcastList } from './message-key.ts'

/**
 * The maximum number of stanzas that wait for the backlog; more are passed on out of order rather than held in
 * memory.
 */
const maxWaiting = 5000
/** Chats whose messages are decrypted concurrently, sharing a flush to disk. */
const maxConcurrentChats = 20

/** Holds the dependencies of the feed. */
export interface MessageFeedParts {
  /** Returns true while the offline backlog is arriving. */
  held: () => boolean
  /** Passes a stanza to the library; resolves when the library has handled it. */
  hand: (stanza: BinaryNode) => Promise<unknown>
}

/**
 * Passes message stanzas to the library, those of one chat in the order WhatsApp sent them. Left alone, the library decrypts
 * new messages while the backlog still waits, and lets later messages of a chat overtake one whose sender's address it has to
 * look up. Here a message is decrypted only after all before it in its chat. So when a process dies, the disk has everything of
 * a chat up to some message, and WhatsApp's redeliveries come after it.
 */
export class MessageFeed {
  private readonly parts: MessageFeedParts
  /** By chat, in order of arrival. */
  private readonly waiting = new Map<string, BinaryNode[]>()
  private readonly running = new Set<string>()
  private count = 0
  private ended = false

  constructor(parts: MessageFeedParts) {
    this.parts = parts
  }

  take(stanza: BinaryNode): void {
    // The library queues the offline backlog itself.
    if (stanza.attrs['offline'] !== undefined) return void this.parts.hand(stanza)
    const chat = chatOf(stanza)
    const queue = this.waiting.get(chat)
    if (queue) queue.push(stanza)
    else this.waiting.set(chat, [stanza])
    this.count++
    this.resume()
  }

  /** Continues, since the backlog may be handled. */
  resume(): void {
    for (const chat of this.waiting.keys()) {
      if (!this.canContinue() || this.running.size >= maxConcurrentChats) return
      if (!this.running.has(chat)) void this.run(chat)
    }
  }

  /** Passes nothing more on: the rest has no receipt and is delivered again. */
  end(): void {
    this.ended = true
  }

  private canContinue(): boolean {
    return !this.ended && (!this.parts.held() || this.count > maxWaiting)
  }

  private async run(chat: string): Promise<void> {
    this.running.add(chat)
    const queue = this.waiting.get(chat) ?? []
    while (this.canContinue()) {
      const stanza = queue.shift()
      if (!stanza) break
      this.count--
      await this.parts.hand(stanza)
    }
    if (queue.length === 0) this.waiting.delete(chat)
    this.running.delete(chat)
    this.resume()
  }
}

/**
 * Returns the chat of a stanza. Messages that the owner writes on another device come from the owner, for a chat; people have
 * addresses of either kind.
 */
function chatOf({ attrs }: BinaryNode): string {
  const { recipient, sender_lid: lid, from, participant, participant_lid: writer } = attrs
  // A message through a broadcast list belongs into the chat with its writer.
  if (isBroadcastList(from)) return lid ?? writer ?? participant ?? ''
  return recipient ?? lid ?? from ?? ''
}
