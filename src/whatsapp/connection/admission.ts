import type { BinaryNode } from '@whiskeysockets/baileys'

/**
 * Holds the messages of a login until it is known that this phone may link the account: nothing of a phone that is refused is
 * read. What is held has no receipt, so WhatsApp brings it again where the login is given up.
 */
export class Admission {
  private waiting: BinaryNode[] | undefined = []
  private readonly hand: (stanza: BinaryNode) => void

  constructor(hand: (stanza: BinaryNode) => void) {
    this.hand = hand
  }

  take(stanza: BinaryNode): void {
    if (this.waiting) this.waiting.push(stanza)
    else this.hand(stanza)
  }

  /** The phone may: hands on what was held, in the order in which it came. */
  open(): void {
    const { waiting = [] } = this
    this.waiting = undefined
    for (const stanza of waiting) this.hand(stanza)
  }

  /** The phone may not, or the login is over. */
  close(): void {
    this.waiting = []
  }
}
