import type { AccountId } from '../domain/account.ts'
import { AppError } from '../domain/errors.ts'
import type { Message } from '../domain/message.ts'
import { findMessage } from '../storage/messages.ts'
import type { Store } from '../storage/store.ts'

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
}
