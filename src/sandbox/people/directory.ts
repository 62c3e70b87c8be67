import { Account, type SavedAccount } from './account.ts'
import { digitsOf, lidOfNumber, parseJid, spellingsOf } from '../protocol/jids.ts'
import { Person, type SavedPerson } from './person.ts'

/** Describes a phone to create. */
export interface Owner {
  name?: string
  platform?: string
}

/** Describes a person to create. */
export interface Introduction {
  name?: string
  lid?: string
}

/** Maximum people that are kept after companions only asked for them and never wrote. */
const maxStrangers = 10_000

const plausible = /^[1-9]\d{6,14}$/

/**
 * Finds all accounts and simulated people. A person exists for any number, created on first use, except numbers marked as
 * absent.
 */
export class Directory {
  readonly accounts = new Map<string, Account>()
  readonly people = new Map<string, Person>()
  /** Channel names by id. */
  readonly channelNames = new Map<string, string>()
  /** Numbers that are not on WhatsApp. */
  readonly absent = new Set<string>()
  readonly #numbersByLid = new Map<string, string>()
  readonly #onMade: () => void
  readonly #maxStrangers: number
  /** People who were only asked for, oldest first; the used ones among them are sorted out when room is needed. */
  readonly #strangers = new Set<string>()

  constructor(onMade: () => void = () => undefined, max = maxStrangers) {
    this.#onMade = onMade
    this.#maxStrangers = max
  }

  account(number: string, options: Owner = {}): Account {
    const digits = digitsOf(number)
    const known = this.accounts.get(digits)
    if (known) {
      if (options.name !== undefined) known.name = options.name
      return known
    }
    if (this.people.get(digits)?.isStranger) this.#forget(digits)
    this.#refuseTaken(this.people, digits, 'a customer')
    this.#welcome(digits)
    const lid = this.#assignLid(digits)
    const { name = 'Owner', platform = 'android' } = options
    const account = new Account({ number: digits, lid, name, platform })
    this.accounts.set(digits, account)
    return account
  }

  person(number: string, options: Introduction = {}): Person {
    const digits = digitsOf(number)
    const known = this.people.get(digits)
    if (known) {
      known.isStranger = false
      if (options.name !== undefined) known.name = options.name
      return known
    }
    this.#refuseTaken(this.accounts, digits, 'an owner')
    const lid = this.#assignLid(digits, options.lid)
    this.#welcome(digits)
    const person = new Person({ number: digits, lid, name: options.name ?? `+${digits}` })
    this.people.set(digits, person)
    return person
  }

  /** Finds the account or person at a jid of either form. */
  find(jid: string | undefined): Account | Person | undefined {
    const address = parseJid(jid)
    if (!address) return undefined
    const number = address.server === 'lid' ? this.#numbersByLid.get(address.user) : address.user
    return number === undefined ? undefined : (this.people.get(number) ?? this.accounts.get(number))
  }

  /** Finds by number as people type it, in any spelling of the same number. */
  findNumber(number: string): Account | Person | undefined {
    for (const spelling of spellingsOf(number)) {
      const found = this.people.get(spelling) ?? this.accounts.get(spelling)
      if (found) return found
    }
    return undefined
  }

  /** Finds a jid like `find`, and creates the person of an unknown phone number. */
  findOrCreatePerson(jid: string | undefined): Account | Person | undefined {
    const found = this.find(jid)
    const address = parseJid(jid)
    return found ?? (address && address.server !== 'lid' ? this.findOrCreateNumber(address.user) : undefined)
  }

  /** Finds a number like `findNumber`, and creates the person of an unknown one. */
  findOrCreateNumber(number: string): Account | Person | undefined {
    const found = this.findNumber(number)
    if (found || !plausible.test(number) || this.#isAbsent(number)) return found
    const person = this.person(number)
    person.isStranger = true
    this.#boundStrangers(person.number)
    this.#onMade()
    return person
  }

  /**
   * Takes a number off WhatsApp, in any spelling, and removes its person. Ends when a person with it is created
   * again.
   * @throws Error if an account has it
   */
  markAbsent(number: string): string {
    const digits = digitsOf(number)
    const spellings = spellingsOf(digits)
    for (const spelling of spellings) this.#refuseTaken(this.accounts, spelling, 'an owner')
    for (const spelling of spellings) this.#forget(spelling)
    this.absent.add(digits)
    return digits
  }

  loadAccount(saved: SavedAccount): void {
    this.#numbersByLid.set(saved.lid, saved.number)
    this.accounts.set(saved.number, new Account(saved, saved))
  }

  loadPerson(saved: SavedPerson): void {
    this.#numbersByLid.set(saved.lid, saved.number)
    const person = new Person(saved, saved.devices)
    person.isStranger = saved.stranger ?? false
    this.people.set(saved.number, person)
    if (person.isStranger) this.#boundStrangers(person.number)
  }

  #isAbsent(number: string): boolean {
    return spellingsOf(number).some((spelling) => this.absent.has(spelling))
  }

  #welcome(number: string): void {
    for (const spelling of spellingsOf(number)) this.absent.delete(spelling)
  }

  /** Adds one to the people who were only asked for; where they are too many, the oldest who got no message is forgotten. */
  #boundStrangers(added: string): void {
    this.#strangers.add(added)
    if (this.#strangers.size <= this.#maxStrangers) return
    for (const number of this.#strangers) {
      this.#strangers.delete(number)
      const person = this.people.get(number)
      const isUnused = person?.isStranger && person.received.total === 0
      if (isUnused) return this.#forget(number)
      if (this.#strangers.size <= this.#maxStrangers) return
    }
  }

  #forget(number: string): void {
    this.#strangers.delete(number)
    const person = this.people.get(number)
    if (!person) return
    this.people.delete(number)
    this.#numbersByLid.delete(person.lid)
  }

  #assignLid(number: string, wanted?: string): string {
    let lid = wanted ?? lidOfNumber(number)
    if (wanted !== undefined && !/^\d{5,20}$/.test(wanted)) throw new Error(`Not a LID: ${wanted}`)
    if (wanted !== undefined && this.#numbersByLid.has(lid)) throw new Error(`LID ${lid} is taken`)
    while (this.#numbersByLid.has(lid)) lid = (BigInt(lid) + 1n).toString()
    this.#numbersByLid.set(lid, number)
    return lid
  }

  #refuseTaken(others: ReadonlyMap<string, unknown>, number: string, by: string): void {
    if (others.has(number)) throw new Error(`${number} belongs to ${by}`)
  }
}
