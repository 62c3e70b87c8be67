import type { BinaryNode } from '@whiskeysockets/baileys'

/** Stanzas that wait for the backlog; more are handed on out of order rather than held in memory. */
const mostWaiting = 5000

export interface MessageFeedParts {
  /** While true, what waited for this device is still coming in. */
  held: () => boolean
  /** Gives a stanza to the library; resolves when that is through with it. */
  hand: (stanza: BinaryNode) => Promise<unknown>
}

/**
 * Hands message stanzas to the library in the order in which WhatsApp sent them. On its own the library decrypts new messages
 * while the backlog is still waiting its turn, and overtakes within a chat where a sender's address has to be looked up. Here a
 * message is decrypted only when all before it are. So what is on the disk when a process dies is everything up to some
 * message, and what WhatsApp brings again comes after it.
 */
export class MessageFeed {
  private readonly parts: MessageFeedParts
  private readonly waiting: BinaryNode[] = []
  private running = false
  private ended = false

  constructor(parts: MessageFeedParts) {
    this.parts = parts
  }

  take(stanza: BinaryNode): void {
    // The library has a queue of its own for what waited at WhatsApp.
    if (stanza.attrs['offline'] !== undefined) return void this.parts.hand(stanza)
    this.waiting.push(stanza)
    this.goOn()
  }

  /** The backlog may be through. */
  goOn(): void {
    if (!this.running && this.mayGo()) void this.run()
  }

  /** Hands nothing more on: what is left has no receipt and comes again. */
  end(): void {
    this.ended = true
  }

  private mayGo(): boolean {
    return !this.ended && this.waiting.length > 0 && (!this.parts.held() || this.waiting.length > mostWaiting)
  }

  private async run(): Promise<void> {
    this.running = true
    while (this.mayGo()) {
      const stanza = this.waiting.shift()
      if (stanza) await this.parts.hand(stanza)
    }
    this.running = false
  }
}
