import { bytesOf, children, node, type BinaryNode } from './nodes.ts'

/** Holds a stanza in a state file; bytes are base64 under `$`. */
export type SavedStanza = {
  tag: string
  attrs: Record<string, string>
  content?: SavedStanza[] | string | { $: string }
}

const acknowledged = new Set(['message', 'receipt', 'notification', 'call'])

/**
 * Holds a companion's unsettled stanzas. Each stays, as first sent, until the device answers with a receipt or an ack
 * of the same id; the rest is delivered again at the next login.
 */
export class StanzaQueue {
  readonly #stanzas = new Map<number, BinaryNode>()
  readonly #positions = new Map<string, number[]>()
  #last = 0

  get size(): number {
    return this.#stanzas.size
  }

  /** Lists the stanzas in order of arrival. */
  all(): BinaryNode[] {
    return [...this.#stanzas.values()]
  }

  /** Returns the current end: `since` returns later stanzas. */
  get end(): number {
    return this.#last
  }

  since(end: number): BinaryNode[] {
    return [...this.#stanzas].filter(([place]) => place > end).map(([, stanza]) => stanza)
  }

  add(stanza: BinaryNode): void {
    if (!acknowledged.has(stanza.tag)) return
    const position = ++this.#last
    const key = keyOf(stanza.tag, stanza.attrs['id'], stanza.attrs['type'])
    this.#stanzas.set(position, stanza)
    const positions = this.#positions.get(key)
    if (positions) positions.push(position)
    else this.#positions.set(key, [position])
  }

  /** Takes a receipt or an ack from the device. @returns the stanzas that it settled */
  settle(answer: BinaryNode): BinaryNode[] {
    if (answer.tag === 'receipt') {
      const listed = children(answer.content ? children(answer)[0] : undefined, 'item')
      const ids = [answer.attrs['id'], ...listed.map((item) => item.attrs['id'])]
      return ids.map((id) => this.#take(keyOf('message', id))).filter((stanza) => stanza !== undefined)
    }
    const { class: kind = '', id, type } = answer.attrs
    const stanza = this.#take(keyOf(kind, id, type))
    return stanza ? [stanza] : []
  }

  /** Forgets a message that the device could not read; another with the same id replaces it. */
  withdraw(messageId: string): void {
    this.#take(keyOf('message', messageId))
  }

  clear(): void {
    this.#stanzas.clear()
    this.#positions.clear()
  }

  save(): SavedStanza[] {
    return this.all().map(toSaved)
  }

  load(saved: SavedStanza[]): void {
    for (const stanza of saved) this.add(fromSaved(stanza))
  }

  #take(key: string): BinaryNode | undefined {
    const positions = this.#positions.get(key)
    const position = positions?.shift()
    if (positions?.length === 0) this.#positions.delete(key)
    if (position === undefined) return undefined
    const stanza = this.#stanzas.get(position)
    this.#stanzas.delete(position)
    return stanza
  }
}

// Delivery and read receipts of one message share its id; messages are matched by id alone.
function keyOf(tag: string, id: string | undefined, type?: string): string {
  return tag === 'receipt' ? `receipt ${id} ${type ?? ''}` : `${tag} ${id}`
}

function toSaved(stanza: BinaryNode): SavedStanza {
  const { tag, attrs, content } = stanza
  if (content === undefined) return { tag, attrs }
  if (Array.isArray(content)) return { tag, attrs, content: content.map(toSaved) }
  if (typeof content === 'string') return { tag, attrs, content }
  return { tag, attrs, content: { $: bytesOf(stanza)?.toString('base64') ?? '' } }
}

function fromSaved({ tag, attrs, content }: SavedStanza): BinaryNode {
  if (Array.isArray(content)) return node(tag, attrs, content.map(fromSaved))
  if (typeof content === 'object') return node(tag, attrs, Buffer.from(content.$, 'base64'))
  return node(tag, attrs, content)
}
