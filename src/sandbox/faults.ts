/** What is wrong with the next linking. Both must make a careful client refuse it. */
export type PairingFault = 'signature' | 'hmac'

export interface Refusal {
  /** The error of the negative ack: 463, 479, … */
  error: number
  /** How many messages; all where it is left out. */
  count?: number
  /** Only messages to this number. */
  to?: string
}

interface CountedRefusal extends Refusal {
  left: number
}

/**
 * Trouble that was ordered and has not happened yet. Counters are used up by the code that asks; what is done to
 * open connections is a matter of the server.
 */
export class Faults {
  #loginFailures: { reason: number; left: number } | undefined
  #pairing: PairingFault | undefined
  #pairingCodeRefusal: number | undefined
  #acks: { kind: 'drop' | 'delay'; ms: number; left: number } | undefined
  #refusals: CountedRefusal[] = []
  #silent = new Map<string, number>()
  #twice = 0
  #corrupt = 0
  #reorder = 0

  /** The next logins end with `<failure reason=…/>`. */
  failLogins(reason: number, count = 1): void {
    this.#loginFailures = { reason, left: count }
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

  takeLoginFailure(): number | undefined {
    const failure = this.#loginFailures
    if (!failure || failure.left <= 0) return undefined
    failure.left -= 1
    return failure.reason
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

  /** The number of messages still to hold back, this one included; 0 where none is. */
  takeHold(): number {
    return this.#reorder > 0 ? this.#reorder-- : 0
  }

  /** Takes back every order that has not been carried out. */
  clear(): void {
    this.#loginFailures = undefined
    this.#pairing = undefined
    this.#pairingCodeRefusal = undefined
    this.#acks = undefined
    this.#refusals = []
    this.#silent = new Map()
    this.#twice = this.#corrupt = this.#reorder = 0
  }
}
