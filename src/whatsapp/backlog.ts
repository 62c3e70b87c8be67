/** A backlog that makes no progress for this long holds nobody up any more. */
const patienceMs = 10_000

/**
 * Whether what waited for this device at WhatsApp is still coming in. New messages overtake it inside the library, which decrypts
 * the backlog one by one; until it is through, nothing is taken out of the journal, so that messages are stored and told of
 * in the order in which they were written.
 */
export class Backlog {
  private readonly over: () => void
  private coming = false
  private undecrypted = 0
  private until = 0

  /** `over` is called when nothing is held any more. */
  constructor(over: () => void) {
    this.over = over
  }

  get holding(): boolean {
    return (this.coming || this.undecrypted > 0) && performance.now() < this.until
  }

  /** The login succeeded: the server sends the backlog now. */
  begin(): void {
    this.coming = true
    this.undecrypted = 0
    this.progress()
  }

  /** The server has sent all of it. */
  sent(): void {
    this.coming = false
    this.progress()
    if (this.undecrypted === 0) this.over()
  }

  arrived(): void {
    this.undecrypted++
    this.progress()
  }

  /** Decrypted, or given up. */
  dealtWith(): void {
    this.undecrypted = Math.max(0, this.undecrypted - 1)
    this.progress()
    if (this.undecrypted === 0 && !this.coming) this.over()
  }

  private progress(): void {
    this.until = performance.now() + patienceMs
  }
}
