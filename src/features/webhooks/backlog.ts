import type { EndpointId } from '../../core/ids.ts'
import { dueRetries, nextPending, nextRetryAt } from './queries/deliveries-line.ts'
import type { QueuedDelivery } from './queries/deliveries-line.ts'
import type { Db } from '../../db/tables.ts'

/** Rows that are read ahead at a time. */
const readAhead = 64

/**
 * What an endpoint has to send, read ahead from the database in queues of one chat each: deliveries of one chat go out one
 * after the other, those of different chats side by side. A parked delivery has a queue of its own.
 *
 * The order holds because of four rules:
 * - Rows are read by rising ids and `position` says how far, so a queue only ever grows at its end.
 * - A chat is blocked while one of its deliveries is on its way, and until the outcome is stored where it failed or was a retry:
 *   the database does not say yet whether the chat is held back. Rows of a chat that is blocked for that reason are skipped.
 * - Where a chat is released, `position` goes back to what held it, so that what was skipped is read first.
 * - Going back raises `generation`: rows whose reading began before are thrown away.
 */
export class Backlog {
  private readonly db: Db
  private readonly endpointId: EndpointId
  private readonly queues = new Map<number, QueuedDelivery[]>()
  /** Queues of which a delivery is on its way; `unsettled` until what it came to is stored. */
  private readonly blocked = new Map<number, 'sending' | 'unsettled'>()
  /** Deliveries that wait here, are on their way, or whose outcome may be unknown to a read that is under way. */
  private readonly known = new Set<number>()
  private recorded: number[] = []
  private position = 0
  private hasMore = true
  private generation = 0
  /** When the next retry is due, where it is known. */
  private retryAt: Date | null = new Date(0)
  private waiting = 0
  private sending = 0

  constructor(db: Db, endpointId: EndpointId) {
    this.db = db
    this.endpointId = endpointId
  }

  /** How many are on their way. */
  get inFlight(): number {
    return this.sending
  }

  /** Whether it is worth to read on. */
  get isLow(): boolean {
    return this.waiting < readAhead / 2
  }

  /** Milliseconds until there is something to read; Infinity where only news can bring something. */
  nextReadIn(now: Date): number {
    if (this.hasMore && this.isLow) return 0
    return this.retryAt === null ? Infinity : Math.max(this.retryAt.getTime() - now.getTime(), 0)
  }

  /** Tells that deliveries were added at the end of the line. */
  grew(): void {
    this.hasMore = true
  }

  /** Reads what is to be sent next. */
  async fill(now: Date): Promise<void> {
    // What was recorded before a read begins cannot show up in it as open.
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

  /** Takes the next delivery whose queue is free; the queue is blocked until its outcome is said. */
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

  /** Says that a delivery which was not taken from here is on its way. */
  begin(item: QueuedDelivery): void {
    this.known.add(item.id)
    this.sending += 1
    this.blocked.set(queueOf(item), item.state === 'pending' ? 'sending' : 'unsettled')
  }

  /** Says that a delivery got through. What follows it in its chat need not wait for the disk, unless it held the chat back. */
  succeeded(item: QueuedDelivery): void {
    this.sending -= 1
    if (item.state === 'pending') this.blocked.delete(queueOf(item))
  }

  /** Says that the success of a delivery is stored. */
  stored(item: QueuedDelivery): void {
    this.recorded.push(item.id)
    if (item.state === 'pending') return
    this.release(item)
  }

  /** Says that a delivery failed; what waits behind it is forgotten and its queue stays blocked until {@link settled}. */
  failed(item: QueuedDelivery): void {
    this.sending -= 1
    const key = queueOf(item)
    this.blocked.set(key, 'unsettled')
    this.forget(key)
  }

  /** Says that the failure of a delivery is stored: what the database says of its chat counts again. */
  settled(item: QueuedDelivery): void {
    this.known.delete(item.id)
    this.release(item)
  }

  /** Says that a delivery which is not on its way holds its chat back until {@link settled}. */
  hold(item: QueuedDelivery): void {
    this.known.add(item.id)
    this.blocked.set(queueOf(item), 'unsettled')
  }

  /** Forgets all that waits and reads from the beginning of the line. What is on its way stays known. */
  restart(): void {
    for (const key of this.queues.keys()) this.forget(key)
    this.goBack(0)
  }

  /** Deliveries that are on their way, or done and perhaps not recorded yet. */
  get done(): number[] {
    return [...this.known]
  }

  private async readRetries(now: Date): Promise<void> {
    const { generation } = this
    const due = await dueRetries(this.db, this.endpointId, now, readAhead)
    const next = await nextRetryAt(this.db, this.endpointId, now)
    if (generation !== this.generation) return
    // Where more are due, they are looked for when one of these is settled.
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
    this.goBack(item.state === 'parked' ? this.position : item.id - 1)
  }

  private goBack(position: number): void {
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

/** Parked deliveries hold nobody back, and nobody holds them back. */
function queueOf({ state, chatId, id }: QueuedDelivery): number {
  return state === 'parked' ? -id : chatId
}
