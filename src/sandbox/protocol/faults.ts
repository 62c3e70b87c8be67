/** The flaw of the next linking; a careful client must refuse it. */
export type PairingFault = 'signature' | 'hmac'

/** Orders the refusal of messages. */
export interface Refusal {
  /** The negative ack's error: 463, 479, … */
  error: number
  /** Number of messages; all if undefined. */
  count?: number
  /** Only messages to this number, or to the group with this jid. */
  to?: string
}

/** Says what replaces a message's ciphertext: an `unavailable` element, with or without a type; or nothing. */
export type Withheld =
  { readonly element: 'unavailable'; readonly type?: string } | { readonly element: 'none' }

interface CountedRefusal extends Refusal {
  left: number
}

/**
 * Holds ordered faults that have not happened yet. The code that asks uses the counters up; faults of open connections are the
 * server's.
 */
export class Faults {
  #loginFailures: { reason: number; left: number } | undefined
  #oldestClient: readonly number[] = []
  #pairing: PairingFault | undefined
  #pairingCodeRefusal: number | undefined
  #acks: { kind: 'drop' | 'delay'; ms: number; left: number } | undefined
  #refusals: CountedRefusal[] = []
  #silent = new Map<string, number>()
  #twice = 0
  #corrupt = 0
  #reorder = 0
  #withheld: { how: Withheld; left: number } | undefined
  #spoils = 0
  readonly #spoilt = new Set<string>()
  #silentPhone = 0
  #lostMedia = 0
  #mediaFailures = new Map<'upload' | 'download', { status: number; left: number }>()

  /** Ends the next logins with `<failure reason=…/>`. */
  failLogins(reason: number, count = 1): void {
    this.#loginFailures = { reason, left: count }
  }

  /** Refuses clients older than this version, such as `2.3000.1`, as too old (405). */
  requireClient(version: string): void {
    this.#oldestClient = version.split('.').map(Number)
  }

  spoilPairing(fault: PairingFault): void {
    this.#pairing = fault
  }

  /** Answers the next request for a pairing code with this error: 429, 400, … */
  refusePairingCode(error: number): void {
    this.#pairingCodeRefusal = error
  }

  /** Receives companions' next messages without acknowledging them. */
  dropAcks(count: number): void {
    this.#acks = { kind: 'drop', ms: 0, left: count }
  }

  delayAcks(count: number, ms: number): void {
    this.#acks = { kind: 'delay', ms, left: count }
  }

  /** Refuses companions' messages with a negative ack; they are not delivered. */
  refuseMessages(refusal: Refusal): void {
    this.#refusals.push({ ...refusal, left: refusal.count ?? Number.POSITIVE_INFINITY })
  }

  acceptMessages(): void {
    this.#refusals = []
  }

  /** Leaves queries of this namespace (`usync`, `encrypt`, …) unanswered. */
  ignoreQueries(xmlns: string, count = 1): void {
    this.#silent.set(xmlns, count)
  }

  deliverTwice(count = 1): void {
    this.#twice = count
  }

  /** Holds back that many messages to companions and delivers them in reverse order. */
  reorder(count: number): void {
    this.#reorder = count
  }

  corrupt(count = 1): void {
    this.#corrupt = count
  }

  /** Sends the next messages without their ciphertext, as happens with messages that start from an advertisement. */
  withhold(count = 1, how: Withheld = { element: 'unavailable' }): void {
    this.#withheld = { how, left: count }
  }

  /**
   * Makes the next messages undecryptable, also when repeated; then the writer gives up and only the phone can help.
   */
  spoilMessages(count = 1): void {
    this.#spoils = count
  }

  /** Leaves the next requests of companions to the owner's phone unanswered. */
  silencePhone(count = 1): void {
    this.#silentPhone = count
  }

  /** Makes the media host refuse the next uploads or downloads with this status. */
  failMedia(what: 'upload' | 'download', status: number, count = 1): void {
    this.#mediaFailures.set(what, { status, left: count })
  }

  /** Makes the owner's phone miss the next files that companions want uploaded again. */
  loseMedia(count = 1): void {
    this.#lostMedia = count
  }

  takeLoginFailure(): number | undefined {
    const failure = this.#loginFailures
    if (!failure || failure.left <= 0) return undefined
    failure.left -= 1
    return failure.reason
  }

  isTooOld(version: readonly number[]): boolean {
    const index = this.#oldestClient.findIndex((part, at) => part !== version[at])
    return index >= 0 && (version[index] ?? 0) < (this.#oldestClient[index] ?? 0)
  }

  takePairing(): PairingFault | undefined {
    const fault = this.#pairing
    this.#pairing = undefined
    return fault
  }

  takePairingCodeRefusal(): number | undefined {
    const error = this.#pairingCodeRefusal
    this.#pairingCodeRefusal = undefined
    return error
  }

  /** Returns the delay of the next ack in milliseconds; Infinity drops it. */
  takeAckDelay(): number {
    if (!this.#acks || this.#acks.left <= 0) return 0
    this.#acks.left -= 1
    return this.#acks.kind === 'drop' ? Number.POSITIVE_INFINITY : this.#acks.ms
  }

  takeRefusal(to: string | undefined): number | undefined {
    const refusal = this.#refusals.find((each) => each.left > 0 && (each.to === undefined || each.to === to))
    if (!refusal) return undefined
    refusal.left -= 1
    return refusal.error
  }

  takeSilence(xmlns: string): boolean {
    const left = this.#silent.get(xmlns) ?? 0
    if (left > 0) this.#silent.set(xmlns, left - 1)
    return left > 0
  }

  takeTwice(): boolean {
    return this.#twice > 0 && this.#twice-- > 0
  }

  takeCorruption(): boolean {
    return this.#corrupt > 0 && this.#corrupt-- > 0
  }

  takeWithholding(): Withheld | undefined {
    if (!this.#withheld || this.#withheld.left <= 0) return undefined
    this.#withheld.left -= 1
    return this.#withheld.how
  }

  takeSpoiling(id: string): boolean {
    if (this.#spoilt.has(id)) return true
    if (this.#spoils <= 0) return false
    this.#spoils -= 1
    this.#spoilt.add(id)
    return true
  }

  isSpoilt(id: string): boolean {
    return this.#spoilt.has(id)
  }

  takeMediaFailure(what: 'upload' | 'download'): number | undefined {
    const failure = this.#mediaFailures.get(what)
    if (!failure || failure.left <= 0) return undefined
    failure.left -= 1
    return failure.status
  }

  takeMediaLoss(): boolean {
    return this.#lostMedia > 0 && this.#lostMedia-- > 0
  }

  takePhoneSilence(): boolean {
    return this.#silentPhone > 0 && this.#silentPhone-- > 0
  }

  /** Returns how many messages to hold back, this one included; 0 for none. */
  takeHold(): number {
    return this.#reorder > 0 ? this.#reorder-- : 0
  }

  /** Cancels all pending faults. */
  clear(): void {
    this.#loginFailures = undefined
    this.#oldestClient = []
    this.#pairing = undefined
    this.#pairingCodeRefusal = undefined
    this.#acks = undefined
    this.#refusals = []
    this.#silent = new Map()
    this.#twice = this.#corrupt = this.#reorder = 0
    this.#withheld = undefined
    this.#spoils = this.#silentPhone = this.#lostMedia = 0
    this.#mediaFailures.clear()
    this.#spoilt.clear()
  }
}
