/**
 * Tells followers that there may be new work. Carries no data: followers look for themselves. A follower that always waits
 * under the same name misses no notification between its waits, also beside others.
 */
export class Notifier {
  private notifications = 0
  /** Notifications that each follower had heard when its last wait ended. */
  private readonly heard = new Map<unknown, number>()
  private readonly waiting = new Set<() => void>()
  private readonly listeners = new Set<() => void>()

  notify(): void {
    this.notifications += 1
    const woken = Array.from(this.waiting)
    for (const wake of woken) wake()
    for (const listener of this.listeners) listener()
  }

  /** Calls `listener` at every notification from now on. @returns a function that ends the subscription */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /**
   * Resolves at the next notification, or at once if one came since this follower's last wait; also after `ms` or
   * when the signal aborts.
   */
  wait(ms: number, signal?: AbortSignal, follower: unknown = this): Promise<void> {
    if (this.notifications > (this.heard.get(follower) ?? 0) || signal?.aborted) {
      this.heard.set(follower, this.notifications)
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        this.waiting.delete(done)
        this.heard.set(follower, this.notifications)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done, { once: true })
      this.waiting.add(done)
    })
  }

  /** Forgets a follower that no longer waits. */
  leave(follower: unknown): void {
    this.heard.delete(follower)
  }
}
