import type { EventFacts, TypedEvent } from '../domain/event-facts.ts'
import type { EventRecord } from '../domain/events.ts'
import { findAccount } from './accounts.ts'
import { findConversation } from './conversations-lists.ts'
import { findCustomer } from './customers-lists.ts'
import { findMessage } from './messages.ts'
import type { Db } from './tables.ts'

/** The rows that an event speaks of. */
export async function loadEventFacts(db: Db, record: EventRecord): Promise<EventFacts> {
  const event = record as TypedEvent
  const { accountId, data } = event
  return {
    event,
    account: await findAccount(db, accountId),
    message: 'messageId' in data ? await findMessage(db, accountId, data.messageId) : undefined,
    conversation:
      'conversationId' in data ? await findConversation(db, accountId, data.conversationId) : undefined,
    customer: 'customerId' in data ? await findCustomer(db, accountId, data.customerId) : undefined,
  }
}
