import { normalizeMessageContent, type proto } from '@whiskeysockets/baileys'
import type { ReceivedMedia } from '../media/phone-media.ts'
import { BoundedMap } from '../../util/bounded-map.ts'

/** Holds a message decrypted by a simulated person or the owner's phone. */
export interface ReceivedMessage {
  readonly id: string
  /** The sending account's number, or the customer's on the owner's phone. */
  readonly from: string
  /** The jid it was sent to, which tells whether the chat is addressed by phone number or LID. */
  readonly chat: string
  /** The jid of the group, if any. */
  readonly group?: string
  /** True for the phone's copies of companions' messages. */
  readonly fromMe: boolean
  /** The sending companion device; 0 for the phone. */
  readonly device: number
  readonly text: string
  /** The message's file, once fetched and decrypted; only for customers. */
  readonly media?: ReceivedMedia
  readonly message: proto.IMessage
  /** Time of the decryption, in epoch milliseconds. */
  readonly timestamp: number
  /** True if the id had been received before. Phones hide these; tests must see them. */
  readonly duplicate: boolean
}

/** Holds a page of received messages. */
export interface MessagePage {
  total: number
  duplicates: number
  next: number
  messages: ReceivedMessage[]
}

const kept = 50_000
const idsKept = 200_000

/**
 * Keeps one person's received messages, in order. Drops old ones; the counts include all. An id counts as a duplicate until 200
 * 000 others have come.
 */
export class MessageLog {
  readonly messages: ReceivedMessage[] = []
  readonly #ids = new BoundedMap<string, true>(idsKept)
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
    // Trims in large steps, so that a long run does not move the array for every message.
    if (this.messages.length > kept * 1.2)
      this.#dropped += this.messages.splice(0, this.messages.length - kept).length
    return entry
  }

  find(id: string): ReceivedMessage | undefined {
    return this.#ids.has(id) ? this.messages.findLast((message) => message.id === id) : undefined
  }

  /** Returns the messages after the first `after`; `next` asks for more. */
  page(after: number, limit: number): MessagePage {
    const start = Math.max(0, after - this.#dropped)
    const messages = this.messages.slice(start, start + limit)
    const next = this.#dropped + start + messages.length
    return { total: this.total, duplicates: this.duplicates, next, messages }
  }
}

/** Returns the words of a message: text, caption, new text of an edit, emoji of a reaction. Empty if it has none. */
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
