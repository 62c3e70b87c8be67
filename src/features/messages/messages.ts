import type { AccountId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import { reached } from './message.ts'
import type { Message } from './message.ts'
import { revisionsOf } from './queries/message-changes.ts'
import type { Revision } from './queries/message-changes.ts'
import { findMessage } from './queries/messages.ts'
import type { Store } from '../../db/store.ts'

/** Well below the time limit of servers and proxies for a request, in milliseconds. */
const patienceMs = 20_000

/** Reads single messages and their statuses. */
export class Messages {
  private readonly store: Store

  constructor(parts: { store: Store }) {
    this.store = parts.store
  }

  /** @throws AppError not_found */
  async get(accountId: AccountId, id: number): Promise<Message> {
    const message = await findMessage(this.store.read, accountId, id)
    if (!message) throw new AppError('not_found', 'No such message')
    return message
  }

  /** Lists a message's former versions, oldest first; empty if these are not kept. @throws AppError not_found */
  async formerTexts(accountId: AccountId, id: number): Promise<Revision[]> {
    const message = await this.get(accountId, id)
    return revisionsOf(this.store.read, message.id)
  }

  /** Resolves with the messages when each has reached `goal` or can get no further, at the latest after 20 s. */
  async progress(
    accountId: AccountId,
    ids: readonly number[],
    goal: 'sent' | 'delivered',
  ): Promise<Message[]> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const messages = await Promise.all(ids.map((id) => this.get(accountId, id)))
      const leftMs = deadline - performance.now()
      if (leftMs <= 0 || messages.every(({ status }) => reached(status, goal))) return messages
      await this.store.eventsAppended.wait(Math.min(leftMs, 500))
    }
  }
}
