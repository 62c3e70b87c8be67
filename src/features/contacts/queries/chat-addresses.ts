import { sql } from 'kysely'
import type { AccountId, ChatId, CustomerId } from '../../../core/ids.ts'
import type { ChatAddress } from '../../../core/chat-address.ts'
import { findableJids, phoneOf } from '../../../core/jid.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import { respellCustomer } from './customers.ts'

/**
 * Holds the facts of a chat that a message's way needs: its key, its people, and the values that decide on writes. Code that
 * keeps it for longer than one message notes its writes here.
 */
export interface ChatSeen {
  id: ChatId
  customerId: CustomerId | null
  pushName: string | null
  username: string | null
  phone: string | null
  lid: string | null
  messageCount: number
  /** After how many seconds messages disappear; null where that was not looked up. */
  timerSeconds: number | null
  /** True if a message waits to be sent to it. */
  hasQueued: boolean
}

interface SeenRow extends Omit<ChatSeen, 'hasQueued'> {
  hasQueued: 0 | 1
}

const seenColumns = [
  'chats.id',
  'chats.customer_id as customerId',
  'customers.push_name as pushName',
  'customers.username',
  'chats.phone',
  'chats.lid',
  'chats.message_count as messageCount',
  'chats.timer_seconds as timerSeconds',
] as const

const queued = sql<0 | 1>`exists (select 1 from outbox where outbox.chat_id = chats.id)`

interface Under {
  accountId: AccountId
  first: string
  second: string
}

const seenUnder = compiled((db: Db, p: Under) =>
  db
    .selectFrom('chat_jids')
    .innerJoin('chats', 'chats.id', 'chat_jids.chat_id')
    .leftJoin('customers', 'customers.id', 'chats.customer_id')
    .select(seenColumns)
    .select(queued.as('hasQueued'))
    .where('chat_jids.account_id', '=', p.accountId)
    .where('chat_jids.jid', 'in', [p.first, p.second])
    .groupBy('chats.id')
    .orderBy('chats.id'),
)

/**
 * Lists the chats known under any of the at most two jids of an address, the oldest first. More than one: they belong
 * to the same person.
 */
export async function findChatsSeen(
  db: Db,
  accountId: AccountId,
  [first = '', second = first]: readonly string[],
): Promise<ChatSeen[]> {
  return (await seenUnder(db, { accountId, first, second })).rows.map(fromRow)
}

const firstUnder = compiled((db: Db, p: Under) =>
  db
    .selectFrom('accounts')
    .leftJoin('chat_jids', (join) =>
      join
        .onRef('chat_jids.account_id', '=', 'accounts.id')
        .on((eb) => eb('chat_jids.jid', 'in', [p.first, p.second])),
    )
    .leftJoin('chats', 'chats.id', 'chat_jids.chat_id')
    .leftJoin('customers', 'customers.id', 'chats.customer_id')
    .select(seenColumns)
    .select(queued.as('hasQueued'))
    .select((eb) =>
      eb
        .selectFrom('erasures')
        .select((of) => of.fn.max<number | null>('erased_at').as('at'))
        .whereRef('erasures.account_id', '=', 'accounts.id')
        .as('erasedAt'),
    )
    .where('accounts.id', '=', p.accountId)
    .groupBy('chats.id')
    .orderBy('chats.id'),
)

/** Finds the same as {@link findChatsSeen}, and the time of the last erasure in the account, in one statement. */
export async function findChatsAndErasure(
  db: Db,
  accountId: AccountId,
  [first = '', second = first]: readonly string[],
): Promise<{ chats: ChatSeen[]; erasedAt: Date | undefined }> {
  const { rows } = await firstUnder(db, { accountId, first, second })
  const erasedAt = rows[0]?.erasedAt ?? null
  return {
    // Without a chat the one row has nothing but the moment.
    chats: rows.filter((row): row is typeof row & SeenRow => row.id !== null).map(fromRow),
    erasedAt: erasedAt === null ? undefined : new Date(erasedAt),
  }
}

function fromRow(row: SeenRow): ChatSeen {
  const { id, customerId, pushName, username, phone, lid, messageCount, timerSeconds } = row
  const hasQueued = row.hasQueued === 1
  return { id, customerId, pushName, username, phone, lid, messageCount, timerSeconds, hasQueued }
}

const groupHead = compiled((trx: Trx, p: { accountId: AccountId; group: string }) =>
  trx
    .selectFrom('groups')
    .select(['subject', 'disappears_after as disappearsAfter'])
    .where('account_id', '=', p.accountId)
    .where('jid', '=', p.group),
)

/**
 * Inserts a chat that is found under every jid of its address. A group gets its known name and timer.
 * @throws Error for an address without any jid
 */
export async function insertChat(
  trx: Trx,
  chat: {
    accountId: AccountId
    address: ChatAddress
    /** Of the address. */
    jids: readonly string[]
    customerId: CustomerId | null
    botEnabled: boolean
    /** It is the account's chat with itself. */
    isOwn?: boolean
    at: Date
  },
): Promise<ChatId> {
  const [jid] = chat.jids
  if (jid === undefined) throw new Error('a chat needs an address')
  const { group } = chat.address
  const known =
    group === null ? undefined : (await groupHead(trx, { accountId: chat.accountId, group })).rows[0]
  const { id } = await trx
    .insertInto('chats')
    .values({
      account_id: chat.accountId,
      kind: chat.address.kind,
      jid,
      phone: chat.address.phone,
      lid: chat.address.lid,
      customer_id: chat.customerId,
      subject: known?.subject ?? null,
      timer_seconds: known?.disappearsAfter ?? 0,
      bot_enabled: chat.botEnabled ? 1 : 0,
      own: chat.isOwn ? 1 : 0,
      created_at: chat.at.getTime(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  if (!chat.isOwn) {
    await trx
      .updateTable('accounts')
      .set((eb) => ({ chat_count: eb('chat_count', '+', 1) }))
      .where('id', '=', chat.accountId)
      .execute()
  }
  await linkJids(trx, { accountId: chat.accountId, id }, chat.jids)
  return id
}

/** Lets a chat be found under these jids, in every spelling; a jid that leads to another chat stays there. */
async function linkJids(
  trx: Trx,
  { accountId, id }: { accountId: AccountId; id: ChatId },
  jids: readonly string[],
): Promise<void> {
  const rows = findableJids(jids).map((jid) => ({ account_id: accountId, jid, chat_id: id }))
  await trx
    .insertInto('chat_jids')
    .values(rows)
    .onConflict((c) => c.columns(['account_id', 'jid']).doNothing())
    .execute()
}

/** Remembers that WhatsApp knows this chat, and shows it under the jid that WhatsApp has for it: no other chat may have that. */
export async function confirmChat(
  trx: Trx,
  chat: { accountId: AccountId; id: number; jid: string },
): Promise<void> {
  await trx.updateTable('chats').set({ confirmed: 1 }).where('id', '=', chat.id).execute()
  await linkJids(trx, chat, [chat.jid])
  const phone = phoneOf(chat.jid)
  if (phone === null) return
  const row = await trx
    .updateTable('chats')
    .set({ phone, jid: chat.jid })
    .where('id', '=', chat.id)
    .where('jid', '<>', chat.jid)
    .returning('customer_id')
    .executeTakeFirst()
  if (row?.customer_id) await respellCustomer(trx, { ...chat, id: row.customer_id, phone })
}
