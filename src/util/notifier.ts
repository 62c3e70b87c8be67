/**
 * Tells followers that there may be something new. Carries nothing: they look for themselves. A follower that always
 * waits under the same name misses no ring between two of its waits, however many others wait on the same bell.
 */
export class Bell {
  private rings = 0
  /** How many rings each follower had heard when its last wait ended. */
  private readonly heard = new Map<unknown, number>()
  private readonly waiting = new Set<() => void>()

  ring(): void {
    this.rings += 1
    const woken = Array.from(this.waiting)
    for (const wake of woken) wake()
  }

  /**
   * Resolves at the next ring, at once if it rang since the last wait of this follower, after `ms`, or when the signal is
   * aborted.
   */
  wait(ms: number, signal?: AbortSignal, follower: unknown = this): Promise<void> {
    if (this.rings > (this.heard.get(follower) ?? 0) || signal?.aborted) {
      this.heard.set(follower, this.rings)
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        this.waiting.delete(done)
        this.heard.set(follower, this.rings)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done, { once: true })
      this.waiting.add(done)
    })
  }

  /** For a follower that goes away: nothing of it is kept. */
  leave(follower: unknown): void {
    this.heard.delete(follower)
  }
}
