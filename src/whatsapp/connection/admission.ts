import type { BinaryNode } from '@whiskeysockets/baileys'

/**
 * Holds the messages of a login until it is known that this phone may link the account: nothing from a refused phone
 * is read. Held messages have no receipt, so WhatsApp delivers them again if the login is given up.
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

  /** Passes the held messages on, in order of arrival: the phone may link. */
  open(): void {
    const { waiting = [] } = this
    this.waiting = undefined
    for (const stanza of waiting) this.hand(stanza)
  }

  /** Drops the held messages: the phone may not link, or the login is over. */
  close(): void {
    this.waiting = []
  }
}
