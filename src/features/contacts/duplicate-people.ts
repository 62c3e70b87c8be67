import type { AccountId } from '../../core/ids.ts'
import { phoneJid } from '../../core/jid.ts'
import { phoneSpellings } from '../../core/phone/phone-spellings.ts'
import { confirmChat } from './queries/chat-addresses.ts'
import { findChatsWithNumber, findDuplicates, removeDuplicate } from './queries/duplicate-people.ts'
import type { DuplicateNumber } from './queries/duplicate-people.ts'
import { addressChat, addressCustomer, findChat, findCustomersWith } from './queries/identities.ts'
import type { Addressed } from './queries/identities.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import type { PersonRows } from './person-rows.ts'

/** Pairs that are read at once. */
const batchSize = 50

interface DuplicatePeopleParts {
  store: Store
  clock: Clock
  personRows: PersonRows
}

/** Merges chats and customers that an older version stored twice, once per spelling of a number. */
export class DuplicatePeople {
  private readonly parts: DuplicatePeopleParts

  constructor(parts: DuplicatePeopleParts) {
    this.parts = parts
  }

  /** Merges all that are noted, each in its own transaction; the next run continues an interrupted one. */
  async unite(signal?: AbortSignal): Promise<void> {
    const { store, clock, personRows } = this.parts
    let found: DuplicateNumber[]
    do {
      found = await findDuplicates(store.read, batchSize)
      for (const doubled of found) {
        if (signal?.aborted) return
        await store.write(async (trx) => {
          await uniteNumber(trx, personRows, doubled, clock.now())
          await removeDuplicate(trx, doubled)
        })
      }
    } while (found.length > 0)
  }
}

async function uniteNumber(
  trx: Trx,
  rows: PersonRows,
  { accountId, phone }: DuplicateNumber,
  at: Date,
): Promise<void> {
  const [shown, ...others] = await findChatsWithNumber(trx, accountId, phoneSpellings(phone))
  let chat: Addressed | undefined = shown
  for (const other of others) {
    if (!chat || areTwo(chat, other)) continue
    const { id } = await rows.mergeChats(trx, accountId, [chat, other], at)
    chat = await findChat(trx, accountId, id)
  }
  const number = shown?.phone ?? phone
  if (chat && others.length > 0) await confirmNumber(trx, accountId, { ...chat, phone: number })
  const same = (await findCustomersWith(trx, accountId, { phone: number, lid: chat?.lid ?? '' })).filter(
    (customer) => !chat || !areTwo(chat, customer),
  )
  const ids = [chat?.customerId ?? null, ...same.map(({ id }) => id)].filter((id) => id !== null)
  const customerId = await rows.mergeCustomers(trx, accountId, ids, { chatId: chat?.id ?? null, at })
  if (customerId !== null && chat)
    await addressCustomer(trx, customerId, { phone: number, lid: chat.lid }, at)
}

/** Tells whether two rows are two people: two LIDs are, even with one number. */
function areTwo(one: Addressed, other: Addressed): boolean {
  return one.lid !== null && other.lid !== null && one.lid !== other.lid
}

/** Shows a chat under the spelling that is most certainly WhatsApp's. */
async function confirmNumber(
  trx: Trx,
  accountId: AccountId,
  { id, phone, lid }: Addressed & { phone: string },
): Promise<void> {
  if (lid === null) await confirmChat(trx, { accountId, id, jid: phoneJid(phone) })
  else await addressChat(trx, accountId, id, { phone, lid })
}
