import { normalizeMessageContent, type proto } from '@whiskeysockets/baileys'
import type { ReceivedMedia } from '../media/media-desk.ts'
import { RecentMap } from '../../util/recent-map.ts'

/** A message that a simulated person or the owner's phone has decrypted. */
export interface ReceivedMessage {
  readonly id: string
  /** The number of the account that sent it, or of the customer where the owner's phone received it. */
  readonly from: string
  /** The jid to which it was sent: tells whether the chat is addressed by phone number or LID. */
  readonly chat: string
  /** The group in which it was written. */
  readonly group?: string
  /** True for the phone's copies of what a companion sent. */
  readonly fromMe: boolean
  /** The companion device that sent it; 0 for the phone. */
  readonly device: number
  readonly text: string
  /** The file of the message, once it was fetched and decrypted. Only in what customers received. */
  readonly media?: ReceivedMedia
  readonly message: proto.IMessage
  /** When it was decrypted, in epoch milliseconds. */
  readonly timestamp: number
  /** The same id had been received before. Phones hide these; tests must see them. */
  readonly duplicate: boolean
}

export interface MessagePage {
  total: number
  duplicates: number
  next: number
  messages: ReceivedMessage[]
}

const kept = 50_000
const idsKept = 200_000

/**
 * What one person received, in order. Only the newest are kept; the counts go on. An id is known as a duplicate
 * until 200 000 others have come.
 */
export class MessageLog {
  readonly messages: ReceivedMessage[] = []
  readonly #ids = new RecentMap<string, true>(idsKept)
  #dropped = 0
  #duplicates = 0

  get total(): number {
    return this.#dropped + this.messages.length
  }

  get duplicates(): number {
    return this.#duplicates
  }

  add(message: Omit<ReceivedMessage, 'duplicate' | 'timestamp' | 'text'>): ReceivedMessage {
    const duplicate = this.#ids.has(message.id)
    if (duplicate) this.#duplicates += 1
    else this.#ids.set(message.id, true)
    const entry = { ...message, text: textOfMessage(message.message), timestamp: Date.now(), duplicate }
    this.messages.push(entry)
    // Trimmed in large steps, so that a long run does not move the array at every message.
    if (this.messages.length > kept * 1.2)
      this.#dropped += this.messages.splice(0, this.messages.length - kept).length
    return entry
  }

  find(id: string): ReceivedMessage | undefined {
    return this.#ids.has(id) ? this.messages.findLast((message) => message.id === id) : undefined
  }

  /** Those after the first `after` ones. `next` is what to ask with for more. */
  page(after: number, limit: number): MessagePage {
    const start = Math.max(0, after - this.#dropped)
    const messages = this.messages.slice(start, start + limit)
    const next = this.#dropped + start + messages.length
    return { total: this.total, duplicates: this.duplicates, next, messages }
  }
}

/** The words of a message: text, caption, new text of an edit, emoji of a reaction. Empty where it has none. */
function textOfMessage(message: proto.IMessage): string {
  const content = normalizeMessageContent(message)
  if (!content) return ''
  const edited = content.protocolMessage?.editedMessage
  if (edited) return textOfMessage(edited)
  return (
    content.conversation ??
    content.extendedTextMessage?.text ??
    content.imageMessage?.caption ??
    content.videoMessage?.caption ??
    content.documentMessage?.caption ??
    content.reactionMessage?.text ??
    ''
  )
}
