import type { ChatAddress } from '../../core/chat-address.ts'
import type { AccountId } from '../../core/ids.ts'
import type { Trx } from '../../db/tables.ts'
import type { LidMapping } from '../../core/messages/incoming.ts'
import type { ErasedPeople, Erasures } from './erasures.ts'
import type { PersonRows } from './person-rows.ts'
import { SeenChats } from './seen-chats.ts'

/** Holds the people of one batch, each looked up once, for the transaction of the batch. */
export interface BatchPeople {
  accountId: AccountId
  /** Time at which the batch is taken in. */
  at: Date
  rows: PersonRows
  /** The account's erased people; undefined if it has none. */
  erased: ErasedPeople | undefined
  /** The chats that the batch has looked up. */
  seen: SeenChats
  /** Mappings learnt in this batch; changes may wait for them. */
  learnt: LidMapping[]
}

/**
 * Looks up the account's erased people. `first`, the address with which the batch begins, costs no statement of its
 * own then.
 */
export async function startBatch(
  trx: Trx,
  batch: Pick<BatchPeople, 'accountId' | 'at' | 'rows'> & { erasures: Erasures },
  first?: ChatAddress,
): Promise<BatchPeople> {
  const { accountId, at, rows, erasures } = batch
  const seen = new SeenChats()
  const newest = await seen.findErasure(trx, accountId, first)
  return { accountId, at, rows, seen, learnt: [], erased: erasures.since(trx, accountId, { newest, seen }) }
}
