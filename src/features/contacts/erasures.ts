import { createHmac } from 'node:crypto'
import type { AccountId } from '../../core/ids.ts'
import { isErased } from './erasure.ts'
import type { Written } from './erasure.ts'
import type { ChatAddress } from '../../core/chat-address.ts'
import type { IncomingChange, LidMapping } from '../../core/messages/incoming.ts'
import { jidKind, phoneJid, phoneOf } from '../../core/jid.ts'
import { phoneSpellings } from '../../core/phone/phone-spellings.ts'
import { eraseNumbersOf, findErasure, putErasure } from './queries/erasures.ts'
import type { Erasure } from './queries/erasures.ts'
import type { Trx } from '../../db/tables.ts'
import type { PersonRows } from './person-rows.ts'
import type { SeenChats } from './seen-chats.ts'
import type { SecretBox } from '../../util/secret-box.ts'

type Address = Pick<ChatAddress, 'phone' | 'lid' | 'group'>

/**
 * Recognises erased people by keyed hashes of their addresses, unreadable without the gateway's key: their old
 * messages may still arrive, with the phone's history or late.
 */
export class Erasures {
  private readonly key: string
  private readonly rows: PersonRows

  constructor(parts: { secrets: Pick<SecretBox, 'derive'>; personRows: PersonRows }) {
    this.key = parts.secrets.derive('erased addresses')
    this.rows = parts.personRows
  }

  /** Records in the erasure's transaction that the person with these jids was erased. */
  async note(trx: Trx, accountId: AccountId, jids: readonly string[], at: Date): Promise<void> {
    const hash = (jid: string) => this.hash(accountId, jid)
    const lid = jids.filter((jid) => jidKind(jid) === 'lid').map(hash)[0] ?? null
    const phones = [...new Set(jids.filter((jid) => phoneOf(jid) !== null).flatMap(spellings))]
    for (const address of phones.map(hash)) {
      // A person erased before under both addresses, and known by the number alone now, is erased under both again.
      const before = lid === null ? await findErasure(trx, accountId, address) : undefined
      if (before && before.lid !== null) await putErasure(trx, accountId, before.lid, { at, lid: null })
      await putErasure(trx, accountId, address, { at, lid })
    }
    for (const address of jids.filter((each) => phoneOf(each) === null).map(hash)) {
      await putErasure(trx, accountId, address, { at, lid: null })
      await eraseNumbersOf(trx, accountId, address, at)
    }
  }

  /**
   * Returns the account's erased people for one transaction, in which the `newest` erasure and the chats `seen` so far are
   * known; undefined if the account has none.
   */
  since(
    trx: Trx,
    accountId: AccountId,
    { newest, seen }: { newest: Date | undefined; seen: SeenChats },
  ): ErasedPeople | undefined {
    if (!newest) return undefined
    // A batch mostly concerns the same few people.
    const hashes = new Map<string, string>()
    const hash = (jid: string) => {
      const known = hashes.get(jid) ?? this.hash(accountId, jid)
      hashes.set(jid, known)
      return known
    }
    return new ErasedPeople({ trx, accountId, newest, hash, seen, rows: this.rows })
  }

  private hash(accountId: AccountId, jid: string): string {
    return createHmac('sha256', this.key).update(`${accountId}\n${jid}`).digest('base64url')
  }
}

/** Lists both spellings of a number. */
function spellings(jid: string): string[] {
  const phone = phoneOf(jid)
  return phone === null ? [jid] : phoneSpellings(phone).map(phoneJid)
}

interface ErasedParts {
  trx: Trx
  accountId: AccountId
  newest: Date
  hash: (jid: string) => string
  rows: PersonRows
  seen: SeenChats
}

/** Answers for one transaction which people of an account were erased. */
export class ErasedPeople {
  private readonly parts: ErasedParts
  private readonly known = new Map<string, Erasure | undefined>()

  constructor(parts: ErasedParts) {
    this.parts = parts
  }

  /** Tells whether a message by, or to, the person with this address was erased. Costs no query for new messages. */
  async includes(address: Address, written: Written): Promise<boolean> {
    if (!isErased(written, this.parts.newest)) return false
    const erasure = await this.find(address)
    return erasure !== undefined && isErased(written, erasure.at)
  }

  /** Tells the same as `includes` for a person in a group with these jids. */
  async includesPerson(jids: readonly (string | null)[], written: Written): Promise<boolean> {
    const known = jids.filter((jid) => jid !== null)
    const phone = known.map(phoneOf).find((digits) => digits !== null) ?? null
    const lid = known.find((jid) => phoneOf(jid) === null) ?? null
    return this.includes({ phone, lid, group: null }, written)
  }

  /** Tells whether the person with this address was ever erased, returned or not. */
  async knows(address: Address): Promise<boolean> {
    return (await this.find(address)) !== undefined
  }

  /**
   * Decides whether a change is applied, may wait for its message, or is dropped. A change to an erased message would
   * wait for ever, with its words.
   */
  async decideForErased(incoming: IncomingChange): Promise<'any' | 'now' | 'never'> {
    const { chat, by, change } = incoming
    const { trx, accountId, seen } = this.parts
    if (change.kind === 'timer') return 'any'
    if (await this.includes(chat, incoming)) return 'never'
    if (chat.kind === 'person') {
      const isThere = (await seen.find(trx, accountId, chat)).length > 0
      return isThere || !(await this.knows(chat)) ? 'any' : 'never'
    }
    if (incoming.fromMe || !(await this.includesPerson(by, incoming))) return 'any'
    // An erased person's group messages stay; their annotations under others' messages went with them.
    return isAnnotation(change) ? 'never' : 'now'
  }

  /**
   * Learns that two addresses are one person's. If one was erased, so was the other; messages that have arrived since are
   * erased again. False if neither was, or the number was another person's.
   */
  async link({ lid, phone }: LidMapping): Promise<boolean> {
    const { trx, accountId, hash, rows } = this.parts
    const [ofLid, ofPhone] = [await this.look(lid), await this.look(phoneJid(phone))]
    const isTheirs = ofPhone !== undefined && (ofPhone.lid === null || ofPhone.lid === hash(lid))
    if (!ofLid && !isTheirs) return false
    // Stored facts about the number concern its former owner.
    if (ofPhone && !isTheirs) return true
    const at = new Date(Math.max(ofLid?.at.getTime() ?? 0, ofPhone?.at.getTime() ?? 0))
    if (ofPhone?.lid && ofLid?.at.getTime() === ofPhone.at.getTime()) return true
    const phones = spellings(phoneJid(phone))
    await putErasure(trx, accountId, hash(lid), { at, lid: null })
    for (const each of phones) await putErasure(trx, accountId, hash(each), { at, lid: hash(lid) })
    this.known.clear()
    for (const jid of [lid, ...phones]) await rows.takeBack(trx, accountId, jid, at)
    this.parts.seen.forget()
    return true
  }

  /** Finds the erasure of an address; a number formerly of another LID is judged by the LID. */
  private async find({ lid, phone, group }: Address): Promise<Erasure | undefined> {
    if (group !== null) return this.look(group)
    if (lid !== null && phone !== null) {
      return (await this.link({ lid, phone })) ? this.look(lid) : undefined
    }
    const jid = phone === null ? lid : phoneJid(phone)
    return jid === null ? undefined : this.look(jid)
  }

  private async look(jid: string): Promise<Erasure | undefined> {
    if (this.known.has(jid)) return this.known.get(jid)
    const { trx, accountId, hash } = this.parts
    const erasure = await findErasure(trx, accountId, hash(jid))
    this.known.set(jid, erasure)
    return erasure
  }
}

function isAnnotation(change: IncomingChange['change']): boolean {
  const { kind } = change
  if (kind === 'sealed') return change.use === 'Event Response' || change.use === 'Enc Reaction'
  return kind === 'reaction' || kind === 'vote' || kind === 'answer'
}
