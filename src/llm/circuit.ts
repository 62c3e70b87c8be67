/**
 * Keeps a failing server from being asked again and again (circuit breaker).
 *
 * - closed: calls go through; a number of failures in a row opens it.
 * - open: no call goes through until the pause is over.
 * - trying: one call goes through; its outcome closes or opens the circuit.
 */
export class Circuit {
  private readonly limits: { failures: number; restMs: number }
  private readonly now: () => number
  private failures = 0
  private openUntil = 0
  private trying = false

  constructor(limits: { failures: number; restMs: number }, now: () => number = Date.now) {
    this.limits = limits
    this.now = now
  }

  /** Returns whether a call may go through; follow each true by `succeeded`, `failed` or `left`. */
  enter(): boolean {
    if (this.failures < this.limits.failures) return true
    if (this.now() < this.openUntil || this.trying) return false
    this.trying = true
    return true
  }

  succeeded(): void {
    this.failures = 0
    this.trying = false
  }

  failed(): void {
    this.failures += 1
    this.trying = false
    if (this.failures >= this.limits.failures) this.openUntil = this.now() + this.limits.restMs
  }

  /** Reports a call that we abandoned: it says nothing about the server. */
  left(): void {
    this.trying = false
  }
}
