import type { WASocket } from '@whiskeysockets/baileys'
import type { MessageToRead } from '../../features/chats/presence-marks.ts'

/** Maximum time that one request keeps the account typing and online. */
const maxTypingMs = 60_000
/** Time that the account stays online to hear typing in a chat. */
const listeningMs = 30_000
const maxSubscribed = 1000

type PresenceSocket = Pick<WASocket, 'sendPresenceUpdate' | 'presenceSubscribe' | 'readMessages'>

/**
 * Shows this account as typing, and listens for typing in its chats. WhatsApp passes both on only while the account is online,
 * and silences the owner's phone meanwhile; so the account is online only for a reason, and each reason ends on a timer.
 */
export class Presence {
  private readonly sock: PresenceSocket
  /** Reasons why the account is online, with the timer that ends each. */
  private readonly reasons = new Map<string, NodeJS.Timeout>()
  private readonly subscribed = new Set<string>()

  constructor(sock: PresenceSocket) {
    this.sock = sock
  }

  async typing(jid: string, on: boolean): Promise<void> {
    const reason = `typing ${jid}`
    if (on) {
      await this.begin(reason, maxTypingMs)
      await this.sock.sendPresenceUpdate('composing', jid)
    } else {
      await this.sock.sendPresenceUpdate('paused', jid)
      await this.end(reason)
    }
  }

  /** Subscribes to a person's typing for a while. */
  async listen(jid: string): Promise<void> {
    await this.begin(`listening ${jid}`, listeningMs)
    if (this.subscribed.has(jid)) return
    if (this.subscribed.size >= maxSubscribed) this.subscribed.clear()
    this.subscribed.add(jid)
    await this.sock.presenceSubscribe(jid)
  }

  /** Sends read receipts for these messages, unless the owner has disabled them on the phone. */
  async markRead(jid: string, messages: readonly MessageToRead[]): Promise<void> {
    if (messages.length === 0) return
    const keyOf = ({ waId, participant }: MessageToRead) => ({
      remoteJid: jid,
      id: waId,
      fromMe: false,
      ...(participant === null ? {} : { participant }),
    })
    await this.sock.readMessages(messages.map(keyOf))
  }

  stop(): void {
    for (const timer of this.reasons.values()) clearTimeout(timer)
    this.reasons.clear()
  }

  private async begin(reason: string, forMs: number): Promise<void> {
    const first = this.reasons.size === 0
    clearTimeout(this.reasons.get(reason))
    this.reasons.set(
      reason,
      // A closed socket has nothing to take back.
      setTimeout(() => void this.end(reason).catch(() => undefined), forMs),
    )
    if (first) await this.sock.sendPresenceUpdate('available')
  }

  private async end(reason: string): Promise<void> {
    clearTimeout(this.reasons.get(reason))
    if (this.reasons.delete(reason) && this.reasons.size === 0) {
      await this.sock.sendPresenceUpdate('unavailable')
    }
  }
}
