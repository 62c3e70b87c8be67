import type { MessageId } from '../../core/ids.ts'
/**
 * Which messages are being sent at this moment, and which must not begin to be. Sender and outbox share it, so that a message
 * is either cancelled or sent, and never both.
 */
export class InFlightSends {
  private readonly sending = new Set<number>()
  private readonly withheld = new Set<number>()

  /** False where the message is withheld, or is being sent already: its chat may have become part of another one meanwhile. */
  begin(messageId: MessageId): boolean {
    if (this.withheld.has(messageId) || this.sending.has(messageId)) return false
    this.sending.add(messageId)
    return true
  }

  end(messageId: MessageId): void {
    this.sending.delete(messageId)
  }

  /** False where the message is being sent. */
  reserve(messageId: MessageId): boolean {
    if (this.sending.has(messageId)) return false
    this.withheld.add(messageId)
    return true
  }

  release(messageId: MessageId): void {
    this.withheld.delete(messageId)
  }
}
