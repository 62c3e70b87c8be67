import type { Db, Tables, Trx } from '../db/tables.ts'
import type { AccountId, ChatId, CustomerId } from './ids.ts'

/** What there can be two of where one person was taken for two. */
export type MergedKind = 'chat' | 'customer' | 'conversation' | 'message'

/** A row that is about to become part of another one of its kind. */
export interface MergedRow {
  kind: MergedKind
  /** The row that goes. */
  from: number
  /** The row that stays. */
  into: number
}

/**
 * Tells the two rows of a merge apart.
 * @throws Error if one of them is missing
 */
export function rowsOfMerge<Row extends { id: number }>(
  rows: readonly Row[],
  { kind, from, into }: MergedRow,
): { stays: Row; goes: Row } {
  const goes = rows.find(({ id }) => id === from)
  const stays = rows.find(({ id }) => id === into)
  if (!stays || !goes) throw new Error(`there are no two rows of a ${kind} to merge`)
  return { stays, goes }
}

/** The merge of two rows, as those who hold rows of people take part in it. */
export interface Merging extends MergedRow {
  accountId: AccountId
  at: Date
  /** What has become part of another row in the course of this merge so far. */
  readonly merged: readonly MergedRow[]
  /** Merges two rows that belong to these, with all that belongs to them, before the one that goes is removed. */
  also(row: MergedRow): Promise<void>
}

/** Whose data it is: a customer with its chats, under every jid that is known of it. */
export interface PersonKeys {
  accountId: AccountId
  customerId: CustomerId
  chatIds: readonly ChatId[]
  jids: readonly string[]
}

/** A person who is to be erased, and where else than in rows of its own it is spoken of. */
export interface ErasedPerson extends PersonKeys {
  /** Numbers of the account's events that speak of the person. */
  eventSeqs: readonly number[]
  /** What would betray the person in an answer that is kept. */
  words: readonly string[]
}

/**
 * What a feature keeps of people. Each feature has one, and the daemon lists them: rows that belong to others come before those,
 * so that a feature which is later in the order of imports is earlier here. Every part runs in the transaction of the whole.
 */
export interface PersonData {
  /** The feature. */
  readonly name: string
  /** The tables whose rows speak of a person. Those that go with rows of others by a foreign key count as well. */
  readonly tables: readonly (keyof Tables)[]
  /** Takes the person's rows out of the tables, and the words out of what has to stay. */
  erase(trx: Trx, person: ErasedPerson): Promise<void>
  /** Moves the rows of the one that goes to the one that stays. The holder of the row itself removes it. */
  merge?(trx: Trx, merging: Merging): Promise<void>
  /** Gives what a person did under one jid to the other one, by which the person is known from now on. */
  moveToJid?(trx: Trx, accountId: AccountId, jids: { from: string; into: string }): Promise<void>
  /** Removes what the phone's history brought since `erasedAt` of a chat whose person was erased then. */
  removeHistory?(trx: Trx, chatId: ChatId, erasedAt: Date): Promise<void>
  /** Finds what would betray the person in answers given since then. */
  findWords?(db: Db, person: PersonKeys, since: Date): Promise<string[]>
}
