import { appendEvent } from '../storage/events.ts'
import type { Store } from '../storage/store.ts'
import { dueUndecrypted, removeUndecrypted } from '../storage/undecrypted.ts'
import type { Bell } from '../util/bell.ts'
import type { Clock } from '../util/clock.ts'

/** Says aloud that somebody wrote what nobody could decrypt, so that the business can ask again. */
export class UndecryptedMessages {
  private readonly store: Store
  private readonly clock: Clock
  private readonly news: Bell

  constructor(parts: { store: Store; clock: Clock; news: Bell }) {
    this.store = parts.store
    this.clock = parts.clock
    this.news = parts.news
  }

  /** Announces those for which the time for help is over. */
  async announceDue(): Promise<void> {
    const at = this.clock.now()
    if ((await dueUndecrypted(this.store.read, at)).length === 0) return
    await this.store.write(async (trx) => {
      for (const { messageId, accountId, chatId } of await dueUndecrypted(trx, at)) {
        const data = { messageId, chatId }
        await appendEvent(trx, { name: 'message.undecryptable', accountId, chatId, data }, at)
        await removeUndecrypted(trx, messageId)
      }
    })
    this.news.ring()
  }
}
