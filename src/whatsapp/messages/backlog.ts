/** A backlog without progress for this long no longer blocks new messages. */
const maxSilenceMs = 10_000

/** Tracks whether the offline backlog is still arriving, or waits in the library to be decrypted. */
export class Backlog {
  private announced = false
  private undecrypted = 0
  private connection = 0
  private until = 0
  /** Called when all of it is handled. */
  over: () => void = () => undefined

  get coming(): boolean {
    return (this.announced || this.undecrypted > 0) && performance.now() < this.until
  }

  /** Starts after the login: the server sends the backlog now. */
  begin(): void {
    this.announced = true
    this.undecrypted = 0
    this.connection++
    this.progress()
  }

  /** Notes that the server has sent everything. */
  sent(): void {
    this.announced = false
    this.progress()
    if (this.undecrypted === 0) this.over()
  }

  /** Notes a stanza; returns a function to call when it is decrypted or given up. */
  arrived(): () => void {
    const { connection } = this
    let waiting = true
    this.undecrypted++
    this.progress()
    return () => {
      if (!waiting || connection !== this.connection) return
      waiting = false
      this.undecrypted--
      this.progress()
      if (this.undecrypted === 0 && !this.announced) this.over()
    }
  }

  private progress(): void {
    this.until = performance.now() + maxSilenceMs
  }
}
