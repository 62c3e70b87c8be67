import type { MessageId } from '../../../core/ids.ts'
/**
 * Holds the messages being sent, and the messages that must not start. Shared by sender and outbox, so that a message is either
 * cancelled or sent, never both.
 */
export class InFlightSends {
  private readonly sending = new Set<number>()
  private readonly withheld = new Set<number>()

  /**
   * Starts a send; false if the message is withheld, or in flight already: its chat may have been merged meanwhile.
   */
  begin(messageId: MessageId): boolean {
    if (this.withheld.has(messageId) || this.sending.has(messageId)) return false
    this.sending.add(messageId)
    return true
  }

  end(messageId: MessageId): void {
    this.sending.delete(messageId)
  }

  /** Withholds a message; false if it is being sent. */
  reserve(messageId: MessageId): boolean {
    if (this.sending.has(messageId)) return false
    this.withheld.add(messageId)
    return true
  }

  release(messageId: MessageId): void {
    this.withheld.delete(messageId)
  }
}
