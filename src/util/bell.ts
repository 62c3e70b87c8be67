/** Tells followers that there may be something new. Carries nothing: they look for themselves, so no call is ever missed. */
export class Bell {
  private waiting: (() => void)[] = []
  private rung = false

  ring(): void {
    this.rung = true
    for (const wake of this.waiting.splice(0)) wake()
  }

  /** Resolves at the next ring, at once if it rang since the last wait, after `ms`, or when the signal is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.rung || signal?.aborted) {
      this.rung = false
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        this.waiting = this.waiting.filter((other) => other !== done)
        this.rung = false
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done, { once: true })
      this.waiting.push(done)
    })
  }
}
