import { jidKind } from '../../core/jid.ts'
import { withNamesIn } from '../chats/records.ts'
import type { AccountId, CustomerId } from '../../core/ids.ts'
import type { TurnReport } from '../bot/rules/bot-turn.ts'
import type { Conversation } from '../../core/conversation.ts'
import type { Customer } from '../contacts/customer.ts'
import type { Customers } from '../contacts/customers.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'
import type { Message } from '../messages/message.ts'
import type { Schedule } from '../sending/rules/schedule.ts'
import {
  appointmentsOfCustomer,
  leadsOfCustomer,
  ticketsOfCustomer,
  findTranscripts,
  listTurns,
} from '../bot/records.ts'
import type { Appointment, Lead, Ticket } from '../bot/records.ts'
import { conversationsOfCustomer } from '../chats/records.ts'
import { addressesOfCustomer } from '../contacts/records.ts'
import {
  groupsOfPerson,
  keptChats,
  marketingSaidAt,
  annotationsOfPerson,
  messagesAfter,
  namesInGroups,
  namesOfContact,
  newestMessageId,
  revisionsOfAll,
  exportedTables,
  writtenInGroups,
} from './queries/customer-export.ts'
import type { GivenAnnotation, GroupPresence, KeptChat } from './queries/customer-export.ts'
import type { Revision } from '../messages/records.ts'
import { findMessages } from '../messages/records.ts'
import { schedulesOfPerson } from '../sending/records.ts'
import type { Db } from '../../db/tables.ts'

/** Rows in memory at a time: large ones such as messages, and small ones. */
const pageOf = { large: 50, small: 200 }
/** Messages of all chats scanned at once. */
const stretchOfMessages = 10_000

/** Holds a message with the rows stored beside it. */
interface KeptMessage {
  message: Message
  /** The transcript of a voice note, if there is one. */
  transcript: string | null
  former: readonly Revision[]
}

/** Rows as they are read, page by page. */
type Pages<T> = AsyncIterable<readonly T[]>

/** Holds everything stored about a person: short parts at once, the others as they are read. */
export interface CustomerExport {
  customer: Customer
  marketingSaidAt: Date | null
  /** Every jid of the person. */
  addresses: readonly string[]
  chats: readonly KeptChat[]
  groups: readonly GroupPresence[]
  namesInGroups: readonly { jid: string; pushName: string | null; username: string | null }[]
  /** From the phone's address book. */
  contactNames: readonly { jid: string; name: string | null; pushName: string | null }[]
  exportedAt: Date
  conversations: Pages<Conversation>
  /** Oldest first, chat by chat. */
  messages: Pages<KeptMessage>
  groupMessages: Pages<KeptMessage>
  groupMarks: Pages<GivenAnnotation>
  appointments: Pages<Appointment>
  tickets: Pages<Ticket>
  leads: Pages<Lead>
  /** Newest first, chat by chat. */
  turns: Pages<TurnReport>
  /** With this person as the only recipient. */
  schedules: Pages<Schedule>
}

/** Reads all that is kept of a customer, out of every feature. */
export class CustomerExports {
  private readonly parts: { store: Store; clock: Clock; customers: Pick<Customers, 'get'> }

  constructor(parts: { store: Store; clock: Clock; customers: Pick<Customers, 'get'> }) {
    this.parts = parts
  }

  /** Returns everything stored about a customer; long parts are read on demand. @throws AppError not_found */
  async get(accountId: AccountId, id: CustomerId): Promise<CustomerExport> {
    const { store, clock, customers } = this.parts
    return exportOf(store.read, accountId, await customers.get(accountId, id), clock.now())
  }
}

async function exportOf(
  db: Db,
  accountId: AccountId,
  customer: Customer,
  exportedAt: Date,
): Promise<CustomerExport> {
  const { id } = customer
  const jids = await addressesOfCustomer(db, id)
  const chats = await keptChats(db, id)
  const person = { accountId, jids }
  return {
    customer,
    exportedAt,
    marketingSaidAt: await marketingSaidAt(db, id),
    addresses: jids,
    chats,
    groups: await groupsOfPerson(db, accountId, jids),
    namesInGroups: await namesInGroups(db, accountId, jids),
    contactNames: await namesOfContact(db, accountId, jids),
    conversations: upwards((page) => conversationsOfCustomer(db, id, page), pageOf.small),
    messages: messagesOf(db, accountId, chats),
    groupMessages: groupMessagesOf(db, person),
    groupMarks: annotationsOf(db, person),
    appointments: upwards((page) => appointmentsOfCustomer(db, id, page), pageOf.small),
    tickets: upwards((page) => ticketsOfCustomer(db, id, page), pageOf.large),
    leads: upwards((page) => leadsOfCustomer(db, id, page), pageOf.small),
    turns: turnsOf(db, accountId, chats),
    schedules: schedulesOf(db, person),
  }
}

interface ExportedPerson {
  accountId: AccountId
  jids: readonly string[]
}

/** Yields rows by ascending id. */
async function* upwards<T extends { id: number }>(
  read: (page: { after: number; limit: number }) => Promise<T[]>,
  limit: number,
): AsyncGenerator<T[]> {
  for (let after = 0; ;) {
    const rows = await read({ after, limit })
    yield rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < limit) return
    after = last.id
  }
}

async function* messagesOf(
  db: Db,
  accountId: AccountId,
  chats: readonly KeptChat[],
): AsyncGenerator<KeptMessage[]> {
  for (const chat of chats) {
    let after = { id: 0, at: Number.MIN_SAFE_INTEGER }
    for (;;) {
      const places = await messagesAfter(db, chat.id, after, pageOf.large)
      yield await kept(
        db,
        accountId,
        places.map(({ id }) => id),
      )
      const last = places.at(-1)
      if (last === undefined || places.length < pageOf.large) break
      after = last
    }
  }
}

async function* groupMessagesOf(db: Db, { accountId, jids }: ExportedPerson): AsyncGenerator<KeptMessage[]> {
  const hasWritten = (await namesInGroups(db, accountId, jids)).length > 0
  const newest = hasWritten ? await newestMessageId(db) : 0
  for (let after = 0; after < newest; after += stretchOfMessages) {
    const ids = await writtenInGroups(db, accountId, jids, { after, through: after + stretchOfMessages })
    for (let at = 0; at < ids.length; at += pageOf.large) {
      yield await kept(db, accountId, ids.slice(at, at + pageOf.large))
    }
    // An empty page lets other work proceed, and the reader may stop here.
    yield []
  }
}

async function kept(db: Db, accountId: AccountId, ids: readonly number[]): Promise<KeptMessage[]> {
  const messages = await findMessages(db, accountId, ids)
  const transcripts = await findTranscripts(db, ids)
  const former = await revisionsOfAll(db, ids)
  const kept: KeptMessage[] = []
  for (const message of messages) {
    const versions = former.get(message.id) ?? []
    kept.push({
      message,
      transcript: transcripts.get(message.id) ?? null,
      former:
        jidKind(message.chatJid) === 'group' ? await withNamesIn(db, { accountId }, versions) : versions,
    })
  }
  return kept
}

async function* annotationsOf(db: Db, person: ExportedPerson): AsyncGenerator<GivenAnnotation[]> {
  for (const table of exportedTables) {
    let after = { messageId: 0, person: '' }
    for (;;) {
      const marks = await annotationsOfPerson(db, { ...person, table }, after, pageOf.small)
      yield marks
      const last = marks.at(-1)
      if (last === undefined || marks.length < pageOf.small) break
      after = last
    }
  }
}

async function* turnsOf(
  db: Db,
  accountId: AccountId,
  chats: readonly KeptChat[],
): AsyncGenerator<TurnReport[]> {
  for (const chat of chats) {
    for (let before: number | undefined; ;) {
      const turns = await listTurns(db, accountId, { chatId: chat.id, before, limit: pageOf.large })
      yield turns
      before = turns.at(-1)?.id
      if (before === undefined || turns.length < pageOf.large) break
    }
  }
}

/** Yields schedules without other recipients and their results. */
async function* schedulesOf(db: Db, { accountId, jids }: ExportedPerson): AsyncGenerator<Schedule[]> {
  const pages = upwards((page) => schedulesOfPerson(db, accountId, jids, page), pageOf.large)
  for await (const page of pages) {
    yield page.map((schedule) => ({
      ...schedule,
      to: schedule.to.filter((jid) => jids.includes(jid)),
      lastError: null,
    }))
  }
}
