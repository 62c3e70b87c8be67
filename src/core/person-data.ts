import type { Db, Tables, Trx } from '../db/tables.ts'
import type { AccountId, ChatId, CustomerId } from './ids.ts'

/** Names the rows of which one person can have two after being taken for two people. */
export type MergedKind = 'chat' | 'customer' | 'conversation' | 'message'

/** Names a row that is about to become part of another one of its kind. */
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

/** Describes the merge of two rows to the holders of people's rows. */
export interface Merging extends MergedRow {
  accountId: AccountId
  at: Date
  /** Rows that have become part of another in the course of this merge so far. */
  readonly merged: readonly MergedRow[]
  /** Merges two rows that belong to these, with all that belongs to them, before the one that goes is removed. */
  also(row: MergedRow): Promise<void>
}

/** Names a person by the keys of the rows: a customer with its chats, under every known jid. */
export interface PersonKeys {
  accountId: AccountId
  customerId: CustomerId
  chatIds: readonly ChatId[]
  jids: readonly string[]
}

/** Names a person to be erased, and the rows of others that mention the person. */
export interface ErasedPerson extends PersonKeys {
  /** Numbers of the account's events that speak of the person. */
  eventSeqs: readonly number[]
  /** Words that would betray the person in a stored answer. */
  words: readonly string[]
}

/**
 * Merges and erases a feature's rows about people. Each feature has one, and the daemon lists them: rows that belong to others
 * come before those, so that a feature later in the order of imports is earlier here. Every part runs in the transaction of the
 * whole.
 */
export interface PersonData {
  /** The feature. */
  readonly name: string
  /** The tables whose rows speak of a person, including rows that a foreign key deletes with rows of others. */
  readonly tables: readonly (keyof Tables)[]
  /** Removes the person's rows from the tables, and the words from rows that have to stay. */
  erase(trx: Trx, person: ErasedPerson): Promise<void>
  /** Moves the rows of the one that goes to the one that stays. The holder of the row itself removes it. */
  merge?(trx: Trx, merging: Merging): Promise<void>
  /** Moves everything that a person did under one jid to another, by which the person is known from now on. */
  moveToJid?(trx: Trx, accountId: AccountId, jids: { from: string; into: string }): Promise<void>
  /** Removes messages that the phone's history brought since `erasedAt` to a chat whose person was erased then. */
  removeHistory?(trx: Trx, chatId: ChatId, erasedAt: Date): Promise<void>
  /** Finds what would betray the person in answers given since then. */
  findWords?(db: Db, person: PersonKeys, since: Date): Promise<string[]>
}
