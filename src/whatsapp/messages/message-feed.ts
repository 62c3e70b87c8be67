import type { BinaryNode } from '@whiskeysockets/baileys'
import { isBroadcastList } from './message-key.ts'

/** Stanzas that wait for the backlog; more are handed on out of order rather than held in memory. */
const maxWaiting = 5000
/** Chats whose messages are decrypted at the same time, and share a flush to the disk. */
const maxLanes = 20

export interface MessageFeedParts {
  /** While true, what waited for this device is still coming in. */
  held: () => boolean
  /** Gives a stanza to the library; resolves when that is through with it. */
  hand: (stanza: BinaryNode) => Promise<unknown>
}

/**
 * Hands message stanzas to the library, those of one chat in the order in which WhatsApp sent them. On its own the library decrypts
 * new messages while the backlog is still waiting its turn, and overtakes within a chat where a sender's address has to be looked
 * up. Here a message is decrypted only when all before it in its chat are. So what is on the disk of a chat when a process dies
 * is everything up to some message, and what WhatsApp brings again comes after it.
 */
export class MessageFeed {
  private readonly parts: MessageFeedParts
  /** By chat, in the order of arrival. */
  private readonly waiting = new Map<string, BinaryNode[]>()
  private readonly running = new Set<string>()
  private count = 0
  private ended = false

  constructor(parts: MessageFeedParts) {
    this.parts = parts
  }

  take(stanza: BinaryNode): void {
    // The library has a queue of its own for what waited at WhatsApp.
    if (stanza.attrs['offline'] !== undefined) return void this.parts.hand(stanza)
    const chat = chatOf(stanza)
    const lane = this.waiting.get(chat)
    if (lane) lane.push(stanza)
    else this.waiting.set(chat, [stanza])
    this.count++
    this.goOn()
  }

  /** The backlog may be through. */
  goOn(): void {
    for (const chat of this.waiting.keys()) {
      if (!this.mayGo() || this.running.size >= maxLanes) return
      if (!this.running.has(chat)) void this.run(chat)
    }
  }

  /** Hands nothing more on: what is left has no receipt and comes again. */
  end(): void {
    this.ended = true
  }

  private mayGo(): boolean {
    return !this.ended && (!this.parts.held() || this.count > maxWaiting)
  }

  private async run(chat: string): Promise<void> {
    this.running.add(chat)
    const lane = this.waiting.get(chat) ?? []
    while (this.mayGo()) {
      const stanza = lane.shift()
      if (!stanza) break
      this.count--
      await this.parts.hand(stanza)
    }
    if (lane.length === 0) this.waiting.delete(chat)
    this.running.delete(chat)
    this.goOn()
  }
}

/** What the owner writes on another device comes from the owner, for a chat; persons have an address of either kind. */
function chatOf({ attrs }: BinaryNode): string {
  const { recipient, sender_lid: lid, from, participant, participant_lid: writer } = attrs
  // What comes through somebody's broadcast list belongs into the chat with its writer.
  if (isBroadcastList(from)) return lid ?? writer ?? participant ?? ''
  return recipient ?? lid ?? from ?? ''
}
