import { Account, type SavedAccount } from './account.ts'
import { digitsOf, lidOfNumber, parseJid, spellingsOf } from './jids.ts'
import { Person, type SavedPerson } from './person.ts'

export interface Owner {
  name?: string
  platform?: string
}

export interface Introduction {
  name?: string
  lid?: string
}

/** Everybody on the network: accounts with a phone of their own and simulated people. */
export class Directory {
  readonly accounts = new Map<string, Account>()
  readonly people = new Map<string, Person>()
  /** What channels are called, by their id. */
  readonly channelNames = new Map<string, string>()
  readonly #numbersByLid = new Map<string, string>()

  account(number: string, options: Owner = {}): Account {
    const digits = digitsOf(number)
    const known = this.accounts.get(digits)
    if (known) {
      if (options.name !== undefined) known.name = options.name
      return known
    }
    this.#refuseTaken(this.people, digits, 'a customer')
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
      if (options.name !== undefined) known.name = options.name
      return known
    }
    this.#refuseTaken(this.accounts, digits, 'an owner')
    const lid = this.#assignLid(digits, options.lid)
    const person = new Person({ number: digits, lid, name: options.name ?? `+${digits}` })
    this.people.set(digits, person)
    return person
  }

  /** Whoever is addressed by a jid, in either form. */
  find(jid: string | undefined): Account | Person | undefined {
    const address = parseJid(jid)
    if (!address) return undefined
    const number = address.server === 'lid' ? this.#numbersByLid.get(address.user) : address.user
    return number === undefined ? undefined : (this.people.get(number) ?? this.accounts.get(number))
  }

  /** By number as a person would type it: other spellings of the same number are found too. */
  findNumber(number: string): Account | Person | undefined {
    for (const spelling of spellingsOf(number)) {
      const found = this.people.get(spelling) ?? this.accounts.get(spelling)
      if (found) return found
    }
    return undefined
  }

  loadAccount(saved: SavedAccount): void {
    this.#numbersByLid.set(saved.lid, saved.number)
    this.accounts.set(saved.number, new Account(saved, saved))
  }

  loadPerson(saved: SavedPerson): void {
    this.#numbersByLid.set(saved.lid, saved.number)
    this.people.set(saved.number, new Person(saved, saved.devices))
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
