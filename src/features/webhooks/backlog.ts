import type { EndpointId } from '../../core/ids.ts'
import { dueRetries, nextPending, nextRetryAt } from './queries/deliveries-line.ts'
import type { QueuedDelivery } from './queries/deliveries-line.ts'
import type { Db } from '../../db/tables.ts'

/** Rows read ahead at a time. */
const readAhead = 64

/**
 * Reads an endpoint's deliveries ahead from the database into one queue per chat: deliveries of one chat go out one after
 * another, those of different chats concurrently. A parked delivery has its own queue.
 *
 * Four rules keep the order:
 * - Rows are read by rising ids and `position` says how far, so a queue only grows at its end.
 * - A chat is blocked while one of its deliveries is in flight, and until the outcome is stored if it failed or was a retry:
 *   the database does not say yet whether the chat is held back. Rows of such a chat are skipped.
 * - When a chat is released, `position` returns to the delivery that held it, so that skipped rows are read first.
 * - Returning raises `generation`: rows whose reading began before are discarded.
 */
export class Backlog {
  private readonly db: Db
  private readonly endpointId: EndpointId
  private readonly queues = new Map<number, QueuedDelivery[]>()
  /** Queues with a delivery in flight; `unsettled` until its outcome is stored. */
  private readonly blocked = new Map<number, 'sending' | 'unsettled'>()
  /** Deliveries that wait here, are in flight, or whose outcome may be unknown to a read under way. */
  private readonly known = new Set<number>()
  private recorded: number[] = []
  private position = 0
  private hasMore = true
  private generation = 0
  /** Time at which the next retry is due, if known. */
  private retryAt: Date | null = new Date(0)
  private waiting = 0
  private sending = 0

  constructor(db: Db, endpointId: EndpointId) {
    this.db = db
    this.endpointId = endpointId
  }

  /** Returns the number of deliveries in flight. */
  get inFlight(): number {
    return this.sending
  }

  /** Tells whether to read on. */
  get isLow(): boolean {
    return this.waiting < readAhead / 2
  }

  /** Returns the milliseconds until the next read; Infinity if only a notification can bring new rows. */
  nextReadIn(now: Date): number {
    if (this.hasMore && this.isLow) return 0
    return this.retryAt === null ? Infinity : Math.max(this.retryAt.getTime() - now.getTime(), 0)
  }

  /** Notes that deliveries were appended. */
  grew(): void {
    this.hasMore = true
  }

  /** Reads the next deliveries. */
  async fill(now: Date): Promise<void> {
    // A delivery recorded before a read begins cannot appear in it as open.
    for (const id of this.recorded.splice(0)) this.known.delete(id)
    if (this.retryAt !== null && this.retryAt <= now) await this.readRetries(now)
    if (!this.hasMore || !this.isLow) return
    const { generation, position: after } = this
    this.hasMore = false
    const rows = await nextPending(this.db, this.endpointId, { after, limit: readAhead })
    if (generation !== this.generation) return
    this.position = rows.at(-1)?.id ?? after
    if (rows.length === readAhead) this.hasMore = true
    for (const item of rows) this.add(item)
  }

  /** Takes the next delivery whose queue is free, and blocks the queue until its outcome is reported. */
  take(): QueuedDelivery | undefined {
    for (const [key, queue] of this.queues) {
      if (this.blocked.has(key)) continue
      const item = queue.shift()
      if (queue.length === 0) this.queues.delete(key)
      if (item === undefined) continue
      this.waiting -= 1
      this.begin(item)
      return item
    }
    return undefined
  }

  /** Notes that a delivery which was not taken from here is in flight. */
  begin(item: QueuedDelivery): void {
    this.known.add(item.id)
    this.sending += 1
    this.blocked.set(queueOf(item), item.state === 'pending' ? 'sending' : 'unsettled')
  }

  /**
   * Reports a success. The next delivery of its chat need not wait for the disk, unless this one held the chat back.
   */
  succeeded(item: QueuedDelivery): void {
    this.sending -= 1
    if (item.state === 'pending') this.blocked.delete(queueOf(item))
  }

  /** Reports that a success is stored. */
  stored(item: QueuedDelivery): void {
    this.recorded.push(item.id)
    if (item.state === 'pending') return
    this.release(item)
  }

  /** Reports a failure; drops the deliveries behind it and keeps its queue blocked until {@link settled}. */
  failed(item: QueuedDelivery): void {
    this.sending -= 1
    const key = queueOf(item)
    this.blocked.set(key, 'unsettled')
    this.forget(key)
  }

  /** Reports that a failure is stored: the database's state of its chat is valid again. */
  settled(item: QueuedDelivery): void {
    this.known.delete(item.id)
    this.release(item)
  }

  /** Blocks the chat of a delivery that is not in flight until {@link settled}. */
  hold(item: QueuedDelivery): void {
    this.known.add(item.id)
    this.blocked.set(queueOf(item), 'unsettled')
  }

  /** Drops everything that waits and reads from the beginning. Deliveries in flight stay known. */
  restart(): void {
    for (const key of this.queues.keys()) this.forget(key)
    this.returnTo(0)
  }

  /** Deliveries in flight, or done and perhaps not recorded yet. */
  get done(): number[] {
    return [...this.known]
  }

  private async readRetries(now: Date): Promise<void> {
    const { generation } = this
    const due = await dueRetries(this.db, this.endpointId, now, readAhead)
    const next = await nextRetryAt(this.db, this.endpointId, now)
    if (generation !== this.generation) return
    // If more are due, they are read when one of these is settled.
    this.retryAt = next ?? null
    for (const item of due) this.add(item)
  }

  private add(item: QueuedDelivery): void {
    const key = queueOf(item)
    if (this.known.has(item.id) || this.blocked.get(key) === 'unsettled') return
    this.known.add(item.id)
    this.waiting += 1
    const queue = this.queues.get(key)
    if (queue) queue.push(item)
    else this.queues.set(key, [item])
  }

  private release(item: QueuedDelivery): void {
    this.blocked.delete(queueOf(item))
    this.returnTo(item.state === 'parked' ? this.position : item.id - 1)
  }

  private returnTo(position: number): void {
    this.generation += 1
    this.position = Math.min(this.position, position)
    this.hasMore = true
    this.retryAt = new Date(0)
  }

  private forget(key: number): void {
    const queue = this.queues.get(key) ?? []
    for (const { id } of queue) this.known.delete(id)
    this.waiting -= queue.length
    this.queues.delete(key)
  }
}

/** Returns the queue of a delivery; a parked one has its own, so that neither blocks the other. */
function queueOf({ state, chatId, id }: QueuedDelivery): number {
  return state === 'parked' ? -id : chatId
}
