import type { AccountId, CustomerId } from '../../core/ids.ts'
import { isDeepStrictEqual } from 'node:util'
import { readSearch } from './customer.ts'
import type { Customer, CustomerPatch } from './customer.ts'
import { AppError } from '../../core/errors.ts'
import { momentOfErasure } from './erasure.ts'
import { isSameNumber } from '../../core/phone/phone-spellings.ts'
import type { Lines } from '../../core/ports.ts'
import { forgetOptOuts, noteMarketingWord } from './queries/consent.ts'
import {
  countCustomers,
  findCustomer,
  findCustomerByPhone,
  insertCustomer,
  listCustomers,
  searchCustomers,
  updateCustomer,
} from './queries/customers-lists.ts'
import { newestSeq, appendEvent, eventsOfCustomer } from '../events/records.ts'
import { noteTrace } from './queries/erasure-traces.ts'
import type { PersonInEvents } from '../events/records.ts'
import { mergedInto } from './queries/merged-ids.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Store } from '../../db/store.ts'
import type { Db, Trx } from '../../db/tables.ts'
import { wait } from '../../util/clock.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Clock } from '../../util/clock.ts'
import { noteAudit } from '../events/audit.ts'
import type { Page } from '../../core/page.ts'
import type { PersonKeys } from '../../core/person-data.ts'
import type { PersonRows } from './person-rows.ts'
import type { Erasures } from './erasures.ts'
import { findOwnAddress } from '../accounts/own-address.ts'
import type { Traces } from './traces.ts'

/** Responses are stored for a day, to be repeated. */
const answersKeptMs = 24 * 60 * 60_000
/** Shorter words appear in many unrelated responses. */
const minWord = 4
/** Time that an erasure waits for the last traces. */
const maxTraceMs = 3000
/** Events scanned at once. */
const logStretch = 10_000

/** Holds copies of events' words outside of the tables, such as bodies read ahead. */
interface RedactionListener {
  /**
   * Called during a redaction of events and again after its commit: copies read before must not go out, and answers to earlier
   * ones may repeat the words.
   */
  redacted(): void
}

/** Holds the dependencies of the customers. */
export interface CustomersParts {
  store: Store
  clock: Clock
  /** Notified when files may have lost their last message. */
  mediaQueued: Notifier
  gate: RedactionListener
  lines: Pick<Lines, 'find'>
  erasures: Erasures
  personRows: PersonRows
  traces: Traces
}

/** Manages the customers of an account. */
export class Customers {
  private readonly parts: CustomersParts

  constructor(parts: CustomersParts) {
    this.parts = parts
  }

  /** Lists all customers, or those whose name, number or e-mail contains `search`, ignoring accents and case. */
  async list(
    accountId: AccountId,
    page: Page & { search?: string | undefined },
  ): Promise<{ customers: Customer[]; total: number }> {
    const db = this.parts.store.read
    const text = readSearch(page.search ?? '')
    if (text !== '') return searchCustomers(db, accountId, text, page)
    const { limit, offset } = page
    const customers = await listCustomers(db, accountId, { limit, offset })
    return { customers, total: await countCustomers(db, accountId) }
  }

  /** @throws AppError not_found */
  get(accountId: AccountId, id: number): Promise<Customer> {
    return getCustomer(this.parts.store.read, accountId, id)
  }

  /** @throws AppError conflict if the number exists */
  async create(accountId: AccountId, customer: CustomerPatch & { phone: string }): Promise<Customer> {
    return this.parts.store.write(async (trx) => {
      await refuseKnownPhone(trx, accountId, customer.phone)
      await refuseOwnPhone(trx, accountId, customer.phone)
      const at = this.parts.clock.now()
      const id = await insertCustomer(trx, accountId, customer, at)
      if (customer.acceptsMarketing !== undefined) await noteMarketingWord(trx, id, at)
      if (customer.acceptsMarketing === true) await auditConsent(trx, { accountId, id, at }, true)
      const data = { customerId: id }
      await appendEvent(trx, { name: 'customer.created', accountId, chatId: null, data }, at)
      return getCustomer(trx, accountId, id)
    })
  }

  /** Changes the given fields. @throws AppError not_found; conflict for a number that exists or would change */
  async update(accountId: AccountId, id: number, asked: CustomerPatch): Promise<Customer> {
    return this.parts.store.write(async (trx) => {
      const before = await getCustomer(trx, accountId, id)
      const patch = withoutRespelling(before, asked)
      if (patch.phone !== undefined && patch.phone !== before.phone) {
        if (before.phone !== null) {
          throw new AppError(
            'conflict',
            'The phone number identifies the customer on WhatsApp and cannot be changed.',
          )
        }
        await refuseKnownPhone(trx, accountId, patch.phone)
        await refuseOwnPhone(trx, accountId, patch.phone)
      }
      const changed = changesOf(before, patch)
      const at = this.parts.clock.now()
      if (patch.acceptsMarketing !== undefined) await noteMarketingWord(trx, before.id, at)
      if (Object.keys(changed).length === 0) return before
      await updateCustomer(trx, before.id, changed, at)
      if (changed.acceptsMarketing === true) await forgetOptOuts(trx, accountId, before.id)
      if (changed.acceptsMarketing !== undefined) {
        await auditConsent(trx, { accountId, id: before.id, at }, changed.acceptsMarketing)
      }
      const data = { customerId: before.id }
      await appendEvent(trx, { name: 'customer.updated', accountId, chatId: null, data }, at)
      return getCustomer(trx, accountId, id)
    })
  }

  /**
   * Erases a customer with all messages; removes their words from events, also those waiting for a receiver. Later
   * history of the phone about them is ignored. @throws AppError not_found
   */
  async erase(accountId: AccountId, id: CustomerId): Promise<void> {
    const { store, clock, gate, personRows } = this.parts
    const scanned = await this.scanEvents(accountId, id)
    await store.writeUrgently(async (trx) => {
      const customer = await getCustomer(trx, accountId, id)
      const person = await personRows.keysOf(trx, accountId, customer.id)
      const eventSeqs = await completeScan(trx, await inEvents(trx, person), scanned)
      gate.redacted()
      await this.noteErasure(trx, customer, person)
      const answered = new Date(clock.now().getTime() - answersKeptMs)
      const words = await personRows.wordsOf(trx, person, answered)
      await personRows.erase(trx, person, {
        eventSeqs,
        words: words.filter((word) => word.length >= minWord),
      })
      afterCommit(trx, () => {
        gate.redacted()
        this.parts.mediaQueued.notify()
      })
    })
    // Traces that take longer, or are in use, are removed in the background.
    await Promise.race([this.parts.traces.run(), wait(maxTraceMs)])
  }

  /** Finds the events so far that speak of a customer, stretch by stretch: a long log must not block everything else. */
  private async scanEvents(accountId: AccountId, id: CustomerId): Promise<ScannedEvents> {
    const { personRows, store } = this.parts
    const { id: customerId } = await getCustomer(store.read, accountId, id)
    const through = await newestSeq(store.read, accountId)
    const person = await inEvents(store.read, await personRows.keysOf(store.read, accountId, customerId))
    const eventSeqs: number[] = []
    for (let after = 0; after < through; after += logStretch) {
      const stretch = { after, through: Math.min(after + logStretch, through) }
      eventSeqs.push(...(await eventsOfCustomer(store.read, person, stretch)))
      await new Promise((resolve) => setImmediate(resolve))
    }
    return { person, eventSeqs, through }
  }

  /** Notes an erasure: hashes of the addresses, the traces to remove, and an audit entry without the person's data. */
  private async noteErasure(trx: Trx, customer: Customer, { accountId, jids }: PersonKeys): Promise<void> {
    const { clock, lines, erasures } = this.parts
    const time = lines.find(accountId)?.time?.() ?? clock.now()
    await erasures.note(trx, accountId, jids, momentOfErasure(time, customer.lastMessageAt))
    await noteTrace(trx, accountId, jids)
    // Only the id: the log must not keep the erased data.
    const audited = { action: 'customer.erased', accountId, subject: `customer ${customer.id}` } as const
    await noteAudit(trx, audited, clock.now())
  }
}

async function getCustomer(db: Db, accountId: AccountId, id: number): Promise<Customer> {
  const customer = await findCustomer(db, accountId, id)
  if (!customer) throw new AppError('not_found', 'No such customer')
  return customer
}

/** Records in the audit log that a customer was marked as accepting advertising or not. */
async function auditConsent(
  trx: Trx,
  { accountId, id, at }: { accountId: AccountId; id: CustomerId; at: Date },
  acceptsMarketing: boolean,
): Promise<void> {
  const subject = `customer ${id}`
  await noteAudit(trx, { action: 'customer.changed', accountId, subject, detail: { acceptsMarketing } }, at)
}

/** Returns all names that events may use for a person, with the ids of all rows that became part of its customer and chats. */
/** Holds the events up to `through` that speak of a person, as the person was known then. */
interface ScannedEvents {
  person: PersonInEvents
  eventSeqs: readonly number[]
  through: number
}

/** Adds the events since the scan; scans all once more if the person got further chats or addresses since. */
async function completeScan(trx: Trx, person: PersonInEvents, scanned: ScannedEvents): Promise<number[]> {
  const after = isDeepStrictEqual(person, scanned.person) ? scanned.through : 0
  const later = await eventsOfCustomer(trx, person, { after, through: Number.MAX_SAFE_INTEGER })
  return [...new Set([...scanned.eventSeqs, ...later])]
}

async function inEvents(
  db: Db,
  { accountId, customerId, chatIds, jids }: PersonKeys,
): Promise<PersonInEvents> {
  return {
    accountId,
    customerIds: [customerId, ...(await mergedInto(db, 'customer', [customerId]))],
    chatIds: [...chatIds, ...(await mergedInto(db, 'chat', chatIds))],
    jids,
  }
}

async function refuseKnownPhone(trx: Trx, accountId: AccountId, phone: string): Promise<void> {
  const known = await findCustomerByPhone(trx, accountId, phone)
  if (known === undefined) return
  throw new AppError('conflict', `Customer ${known} already has this phone number.`, {
    details: [{ field: 'body.phone', message: 'expected a number that no customer has yet' }],
  })
}

async function refuseOwnPhone(trx: Trx, accountId: AccountId, phone: string): Promise<void> {
  if (!(await findOwnAddress(trx, accountId, { kind: 'person', phone, lid: null }))) return
  throw new AppError('conflict', 'This is the account’s own number: an account cannot be its own customer.', {
    details: [{ field: 'body.phone', message: 'expected the number of a customer' }],
  })
}

/** Drops the number from a patch if it is only another spelling of the customer's. */
function withoutRespelling(before: Customer, patch: CustomerPatch): CustomerPatch {
  if (patch.phone === undefined || before.phone === null) return patch
  return isSameNumber(before.phone, patch.phone) ? { ...patch, phone: before.phone } : patch
}

function changesOf(before: Customer, patch: CustomerPatch): CustomerPatch {
  const changed = Object.entries(patch).filter(
    ([key, value]) => value !== undefined && !isDeepStrictEqual(before[key as keyof CustomerPatch], value),
  )
  return Object.fromEntries(changed)
}
