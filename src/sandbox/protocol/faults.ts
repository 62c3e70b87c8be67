/** What is wrong with the next linking. Both must make a careful client refuse it. */
export type PairingFault = 'signature' | 'hmac'

export interface Refusal {
  /** The error of the negative ack: 463, 479, … */
  error: number
  /** How many messages; all where it is left out. */
  count?: number
  /** Only messages to this number, or to the group with this jid. */
  to?: string
}

/** What is left of a message whose ciphertext is withheld: the element that says so, with a type or without; or nothing. */
export type Withheld =
  { readonly element: 'unavailable'; readonly type?: string } | { readonly element: 'none' }

interface CountedRefusal extends Refusal {
  left: number
}

/**
 * Trouble that was ordered and has not happened yet. Counters are used up by the code that asks; what is done to
 * open connections is a matter of the server.
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

  /** The next logins end with `<failure reason=…/>`. */
  failLogins(reason: number, count = 1): void {
    this.#loginFailures = { reason, left: count }
  }

  /** Clients of an older version, such as `2.3000.1`, are told that they are too old (405). */
  requireClient(version: string): void {
    this.#oldestClient = version.split('.').map(Number)
  }

  spoilPairing(fault: PairingFault): void {
    this.#pairing = fault
  }

  /** The next request for a pairing code is answered with this error: 429, 400, … */
  refusePairingCode(error: number): void {
    this.#pairingCodeRefusal = error
  }

  /** The next messages of companions arrive, but the server does not acknowledge them. */
  dropAcks(count: number): void {
    this.#acks = { kind: 'drop', ms: 0, left: count }
  }

  delayAcks(count: number, ms: number): void {
    this.#acks = { kind: 'delay', ms, left: count }
  }

  /** Messages of companions are refused with a negative ack and reach nobody. */
  refuseMessages(refusal: Refusal): void {
    this.#refusals.push({ ...refusal, left: refusal.count ?? Number.POSITIVE_INFINITY })
  }

  acceptMessages(): void {
    this.#refusals = []
  }

  /** Queries of this namespace (`usync`, `encrypt`, …) stay unanswered. */
  ignoreQueries(xmlns: string, count = 1): void {
    this.#silent.set(xmlns, count)
  }

  deliverTwice(count = 1): void {
    this.#twice = count
  }

  /** Holds that many messages to companions back and delivers them in reverse. */
  reorder(count: number): void {
    this.#reorder = count
  }

  corrupt(count = 1): void {
    this.#corrupt = count
  }

  /** The next messages come without their ciphertext, as those that begin at an advertisement do. */
  withhold(count = 1, how: Withheld = { element: 'unavailable' }): void {
    this.#withheld = { how, left: count }
  }

  /** The next messages do not decrypt, a second time neither; then their writer gives up and only the phone can help. */
  spoilMessages(count = 1): void {
    this.#spoils = count
  }

  /** The owner's phone does not answer the next requests of its companions. */
  silencePhone(count = 1): void {
    this.#silentPhone = count
  }

  /** The media host refuses the next uploads or downloads with this status. */
  failMedia(what: 'upload' | 'download', status: number, count = 1): void {
    this.#mediaFailures.set(what, { status, left: count })
  }

  /** The owner's phone has not kept the next files that companions ask it to upload again. */
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

  /** What happens to the next ack: milliseconds of delay, or infinity where it is dropped. */
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

  /** The number of messages still to hold back, this one included; 0 where none is. */
  takeHold(): number {
    return this.#reorder > 0 ? this.#reorder-- : 0
  }

  /** Takes back every order that has not been carried out. */
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
