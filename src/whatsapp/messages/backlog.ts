/** A backlog that makes no progress for this long holds nobody up any more. */
const patienceMs = 10_000

/** Whether what waited for this device at WhatsApp is still coming in, or waits in the library to be decrypted. */
export class Backlog {
  private announced = false
  private undecrypted = 0
  private connection = 0
  private until = 0
  /** Called when all of it is through. */
  over: () => void = () => undefined

  get coming(): boolean {
    return (this.announced || this.undecrypted > 0) && performance.now() < this.until
  }

  /** The login succeeded: the server sends the backlog now. */
  begin(): void {
    this.announced = true
    this.undecrypted = 0
    this.connection++
    this.progress()
  }

  /** The server has sent all of it. */
  sent(): void {
    this.announced = false
    this.progress()
    if (this.undecrypted === 0) this.over()
  }

  /** Returns what to call when the stanza is decrypted or given up. */
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
    this.until = performance.now() + patienceMs
  }
}
