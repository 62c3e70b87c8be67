import type { AccountId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import { reached } from './message.ts'
import type { Message } from './message.ts'
import { revisionsOf } from './queries/message-changes.ts'
import type { Revision } from './queries/message-changes.ts'
import { findMessage } from './queries/messages.ts'
import type { Store } from '../../db/store.ts'

/** Well within the time that servers and proxies leave a request. */
const patienceMs = 20_000

/** Single messages and what became of them. */
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

  /** What a message said before it was edited or deleted, oldest first; empty where that is not kept. @throws AppError not_found */
  async formerTexts(accountId: AccountId, id: number): Promise<Revision[]> {
    const message = await this.get(accountId, id)
    return revisionsOf(this.store.read, message.id)
  }

  /** The messages as soon as each has come as far as `goal` or can come no further, at the latest after 20 s. */
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
