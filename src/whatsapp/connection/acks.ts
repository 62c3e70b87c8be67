import type { BinaryNode } from '@whiskeysockets/baileys'
import type { StatusReason } from '../../core/messages/status.ts'
import type { SendOutcome } from '../../core/messages/outgoing.ts'

/**
 * Says how the server answered a message: accepted, refused with a code, or silent until the deadline or the end of the socket.
 */
export type Ack = { kind: 'acked' } | { kind: 'refused'; code: string } | { kind: 'silent' }

/**
 * Waits for the server's acks. Baileys resolves a send when its bytes are written, even into a dead socket; only the
 * ack says that WhatsApp has the message.
 */
export class Acks {
  private readonly waiting = new Map<string, (ack: Ack) => void>()

  /** Resolves with the ack of message `id`, or with `silent` after `deadlineMs`. */
  wait(id: string, deadlineMs: number): Promise<Ack> {
    return new Promise((resolve) => {
      const settle = (ack: Ack) => {
        clearTimeout(timer)
        if (this.waiting.get(id) === settle) this.waiting.delete(id)
        resolve(ack)
      }
      const timer = setTimeout(() => settle({ kind: 'silent' }), deadlineMs)
      this.waiting.set(id, settle)
    })
  }

  /** Handles an `<ack class="message">` stanza. */
  receive(node: BinaryNode): void {
    const { id, error } = node.attrs
    if (id === undefined) return
    this.waiting.get(id)?.(error === undefined ? { kind: 'acked' } : { kind: 'refused', code: error })
  }

  /** Answers everything that waits with silence: the socket is gone. */
  giveUp(): void {
    for (const settle of this.waiting.values()) settle({ kind: 'silent' })
  }
}

/**
 * 463: the account may not write to people who did not write first (Baileys' lib/Utils/decode-wa-message.js:
 * `MessageAccountRestriction`; `NackCallerReachoutTimelocked` in public reports). 475: it has started enough chats (observed on
 * the wire).
 */
const refusals: Record<string, StatusReason> = { 463: 'reachout_locked', 475: 'new_chat_cap' }

/** Translates an ack for the message sent to this jid. */
export function toOutcome(ack: Ack, jid: string): SendOutcome {
  if (ack.kind === 'acked') return { kind: 'sent', jid }
  if (ack.kind === 'silent') return { kind: 'unconfirmed' }
  return { kind: 'refused', reason: refusals[ack.code] ?? 'refused', detail: ack.code }
}
