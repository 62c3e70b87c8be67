import type { QueuedDelivery } from '../storage/deliveries.ts'

/**
 * What a worker has read ahead, in lanes: deliveries of one chat go out one after the other, those of different chats side
 * by side. A parked delivery has a lane of its own. What it holds is bounded by what it is given; the rows stay in the
 * database until they are recorded, so nothing is lost with it.
 */
export class Lanes {
  private readonly waiting = new Map<number, QueuedDelivery[]>()
  private readonly busy = new Set<number>()
  /** Numbers of events that are in here, on their way, or recorded since the last look at the database. */
  private readonly known = new Set<number>()
  private settled: number[] = []
  /** How many wait. */
  size = 0

  get flying(): number {
    return this.busy.size
  }

  /** To be called before each look at the database: what was recorded before it cannot show up in it as open. */
  beginLook(): void {
    for (const seq of this.settled.splice(0)) this.known.delete(seq)
  }

  /** Adds a row that was read; one that is in here already is left out. */
  add(item: QueuedDelivery): void {
    if (this.known.has(item.seq)) return
    this.known.add(item.seq)
    const lane = laneOf(item)
    const queue = this.waiting.get(lane)
    if (queue) queue.push(item)
    else this.waiting.set(lane, [item])
    this.size += 1
  }

  /** The next one whose lane is free; its lane is busy until {@link free}. */
  take(): QueuedDelivery | undefined {
    for (const [lane, queue] of this.waiting) {
      if (this.busy.has(lane)) continue
      const item = queue.shift()
      if (queue.length === 0) this.waiting.delete(lane)
      if (item === undefined) continue
      this.size -= 1
      this.busy.add(lane)
      return item
    }
    return undefined
  }

  free(item: QueuedDelivery): void {
    this.busy.delete(laneOf(item))
  }

  /** The outcome is in the database. */
  recorded(item: QueuedDelivery): void {
    this.settled.push(item.seq)
  }

  /** Forgets what waits behind an item that failed: it is read again when the item gives way. */
  dropBehind(item: QueuedDelivery): void {
    const lane = laneOf(item)
    this.forget(this.waiting.get(lane) ?? [])
    this.waiting.delete(lane)
  }

  /** Forgets all that waits; what is on its way stays known. */
  clear(): void {
    for (const queue of this.waiting.values()) this.forget(queue)
    this.waiting.clear()
  }

  private forget(items: readonly QueuedDelivery[]): void {
    for (const { seq } of items) this.known.delete(seq)
    this.size -= items.length
  }
}

/** Parked ones hold nobody back, and nobody holds them back. */
function laneOf({ state, chatId, seq }: QueuedDelivery): number {
  return state === 'parked' ? -seq : chatId
}
